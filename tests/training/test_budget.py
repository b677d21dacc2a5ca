"""Minutes become steps without leaving a trace in the run, and validations stay cheap."""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.training import budget
from faceswap_lab.training.budget import steps_for, validation_interval, warn_if_unused

Make = Callable[..., Any]


def make_trainer(**known: Any) -> pl.Trainer:
    return pl.Trainer(accelerator="cpu", **known)


def test_the_probe_leaves_no_trace(make_module: Make, make_data: Make) -> None:
    module, data = make_module(), make_data()
    weights = [parameter.clone() for parameter in module.parameters()]
    state = torch.random.get_rng_state(), np.random.get_state()[1].copy()
    steps = steps_for(0.05, make_module=make_module_copy(module), data=data, make_trainer=make_trainer)
    assert steps >= 1
    assert all(torch.equal(one, other) for one, other in zip(weights, module.parameters(), strict=True))
    assert torch.equal(state[0], torch.random.get_rng_state())
    assert (state[1] == np.random.get_state()[1]).all()


def make_module_copy(module: Any) -> Callable[[], Any]:
    from copy import deepcopy

    return lambda: deepcopy(module)


@pytest.mark.parametrize("accumulated", [1, 2])
@pytest.mark.parametrize("disturbed", [False, True])
def test_steps_fill_the_budget(
    make_module: Make, make_data: Make, monkeypatch: pytest.MonkeyPatch, accumulated: int, disturbed: bool
) -> None:
    # Every look at this clock, one a batch, takes a tenth of a second; disturbed, each fifth takes one.
    now_s = 0.0
    looks = iter(range(10**6))

    def monotonic() -> float:
        nonlocal now_s
        now_s += 1.0 if disturbed and next(looks) % 5 == 4 else 0.1
        return now_s

    monkeypatch.setattr(budget.time, "monotonic", monotonic)
    steps = steps_for(
        2.0,
        make_module=make_module,
        data=make_data(),
        make_trainer=lambda **known: make_trainer(accumulate_grad_batches=accumulated, **known),
    )
    assert steps == pytest.approx((120 * 0.94 - now_s) / 0.1 / accumulated, abs=15)


@pytest.mark.parametrize("minutes", [0, -1, float("nan")])
def test_a_budget_that_is_none_is_refused(make_module: Make, make_data: Make, minutes: float) -> None:
    with pytest.raises(ConfigError, match="minutes="):
        steps_for(minutes, make_module=make_module, data=make_data(), make_trainer=make_trainer)


@pytest.mark.parametrize(("max_steps", "faces", "per_step"), [(4000, 128, 16), (150, 128, 32), (100_000, 128, 16)])
def test_validations_cost_at_most_a_twentieth(max_steps: int, faces: int, per_step: int) -> None:
    interval = validation_interval(max_steps, validation_faces=faces, faces_per_step=per_step)
    cost_in_steps = faces / 3 / per_step
    assert cost_in_steps / interval <= 0.05
    assert max_steps // interval <= 20


def test_a_short_run_validates_once() -> None:
    assert validation_interval(3, validation_faces=128, faces_per_step=16) == 3


@pytest.mark.parametrize(("wanted", "interval"), [(1, 1), (250, 250), (5000, 4000)])
def test_whoever_asks_for_an_interval_gets_it(wanted: int, interval: int) -> None:
    assert validation_interval(4000, validation_faces=128, faces_per_step=16, wanted=wanted) == interval


def test_a_budget_left_unused_is_announced_with_the_cure(caplog: pytest.LogCaptureFixture) -> None:
    # As happened: a stall during the probe gave 131 steps, which took 34 s of 6 minutes.
    logging.getLogger("faceswap_lab").propagate = True
    with caplog.at_level(logging.WARNING, logger="faceswap_lab"):
        warn_if_unused(6.0, spent_s=34.0, steps=131)
        assert "trainer.max_steps=1303" in caplog.text
        caplog.clear()
        warn_if_unused(6.0, spent_s=300.0, steps=1800)
        assert caplog.text == ""
