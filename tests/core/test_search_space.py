"""Hydra's grammar as Optuna's distributions."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.search_space import search_space


def space(*overrides: str) -> dict[str, object]:
    return dict(search_space(OverridesParser.create().parse_overrides(list(overrides))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("interval(0, 2)", FloatDistribution(0.0, 2.0)),
        ("tag(log, interval(1e-5, 1e-3))", FloatDistribution(1e-5, 1e-3, log=True)),
        ("int(interval(1, 8))", IntDistribution(1, 8)),
        ("tag(int, log, interval(1, 64))", IntDistribution(1, 64, log=True)),
        ("range(2, 9, 3)", IntDistribution(2, 8, step=3)),
        ("range(0, 1, 0.5)", CategoricalDistribution(["0.0", "0.5"])),
        ("1,2", CategoricalDistribution(["1", "2"])),
        ("choice(dense, conv)", CategoricalDistribution(["dense", "conv"])),
    ],
)
def test_a_choice_becomes_a_distribution(text: str, expected: object) -> None:
    assert space(f"x={text}") == {"x": expected}


def test_fixed_values_are_no_choice_and_replace_one() -> None:
    assert space("x=1,2", "y=3") == {"x": CategoricalDistribution(["1", "2"])}
    assert space("x=1,2", "x=3") == {}


@pytest.mark.parametrize("text", ["tag(log, interval(0, 1))", "interval(2, 1)", "range(3, 3)"])
def test_an_impossible_range_is_one_line(text: str) -> None:
    with pytest.raises(ConfigError, match="x=") as caught:
        space(f"x={text}")
    assert "\n" not in str(caught.value)
