"""Gradients end at the percentile of what went before, and a resumed run remembers what that was."""

from typing import Any

import numpy as np
import pytest
import torch

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.training.callbacks.autoclip import AutoClip


class _Log:
    def __init__(self) -> None:
        self.last: dict[str, float] = {}

    def log_dict(self, values: dict[str, float]) -> None:
        self.last = values


def _clipped(callback: AutoClip, norm: float) -> float:
    """The norm that a gradient of this norm is left with."""
    weights = [
        torch.nn.Parameter(torch.zeros(3)),
        torch.nn.Parameter(torch.zeros(2)),
        torch.nn.Parameter(torch.zeros(1)),
    ]
    direction = torch.tensor([1.0, 2.0, 2.0, 3.0, 4.0])
    direction = direction / direction.norm() * norm
    weights[0].grad, weights[1].grad = direction[:3].clone(), direction[3:].clone()  # the third took no part
    log: Any = _Log()
    callback.on_before_optimizer_step(None, log, torch.optim.SGD(weights, lr=1))  # pyright: ignore[reportArgumentType]
    left = torch.cat([weights[0].grad, weights[1].grad])
    if norm:
        torch.testing.assert_close(left / left.norm(), direction / norm)
    return float(left.norm())


def test_a_gradient_ends_at_the_percentile_of_all_so_far() -> None:
    callback, norms = AutoClip(percentile=30), [4.0, 1.0, 2.0, 8.0, 0.5, 3.0]
    for count, norm in enumerate(norms, 1):
        expected = min(norm, float(np.percentile(norms[:count], 30)))
        assert _clipped(callback, norm) == pytest.approx(expected, rel=1e-5)


def test_only_the_last_steps_are_remembered() -> None:
    callback = AutoClip(percentile=100, history=2)
    for norm in (100.0, 1.0, 2.0):
        _clipped(callback, norm)
    assert callback.state_dict() == {"norms": pytest.approx([1.0, 2.0])}


def test_a_resumed_run_goes_on_with_what_it_saw() -> None:
    first, second = AutoClip(), AutoClip()
    for norm in (3.0, 1.0, 2.0):
        _clipped(first, norm)
    second.load_state_dict(first.state_dict())
    assert _clipped(first, 5.0) == _clipped(second, 5.0)


def test_a_gradient_that_is_no_number_is_forgotten() -> None:
    callback = AutoClip()
    _clipped(callback, 1.0)
    weight = torch.nn.Parameter(torch.zeros(1))
    weight.grad = torch.tensor([float("nan")])
    log: Any = _Log()
    callback.on_before_optimizer_step(None, log, torch.optim.SGD([weight], lr=1))  # pyright: ignore[reportArgumentType]
    assert len(callback.state_dict()["norms"]) == 1


@pytest.mark.parametrize("options", [{"percentile": 0}, {"percentile": 101}, {"history": 0}])
def test_values_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"callbacks\.autoclip"):
        AutoClip(**options)
