"""Learning rates over a run."""

import pytest
import torch
from torch.optim import Optimizer

from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.targets import plain
from faceswap_lab.training.schedules import constant, staged, warmup_cosine, warmup_linear


def _rates(make: object, steps: int, **options: object) -> list[float]:
    optimizer: Optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    schedule = make(optimizer, **options)  # type: ignore[operator]
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


def test_constant_keeps_the_rate() -> None:
    assert _rates(constant, 5) == [2.0] * 5


@pytest.mark.parametrize("make", [warmup_linear, warmup_cosine])
def test_rises_falls_and_ends_near_zero(make: object) -> None:
    rates = _rates(make, 200, total_steps=200, warmup_steps=10)
    top = rates.index(max(rates))

    assert rates[0] == pytest.approx(0.2)
    assert top in (9, 10)
    assert max(rates) == pytest.approx(2.0)
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < 0.02


def test_linear_is_half_way_down_in_the_middle_of_the_fall() -> None:
    assert _rates(warmup_linear, 1000, total_steps=1000, warmup_steps=100)[550] == pytest.approx(1.0)


@pytest.mark.parametrize("make", [warmup_linear, warmup_cosine])
def test_short_runs_spend_a_tenth_on_the_rise_and_none_fails(make: object) -> None:
    assert _rates(make, 20, total_steps=20, warmup_steps=100)[1] == pytest.approx(2.0)
    assert all(rate > 0 for rate in _rates(make, 1, total_steps=1))


def test_staged_rates_hold_from_their_steps_on() -> None:
    assert _rates(staged, 5, factors={0: 1.0, 2: 0.5, 4: 0.0}) == [2.0, 2.0, 1.0, 1.0, 0.0]
    assert staged(torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))])).lr_lambdas[0](50_000) == 0.1
    with pytest.raises(ConfigError, match=r"schedule\.factors=.* 0 or more"):
        _rates(staged, 1, factors={0: -1.0})


def test_steps_that_are_given_are_not_mixed_with_others() -> None:
    cfg = compose_config("train", ["output=x", "schedule=staged", "schedule.factors={0: 1.0, 80000: 0.1}"])
    assert plain(cfg.schedule)["factors"] == {0: 1.0, 80000: 0.1}
