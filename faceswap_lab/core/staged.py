"""Numbers that change during a run, as data: ``0.5``, or ``{0: 0.5, 20000: 0}`` from these steps on."""

from bisect import bisect_right
from collections.abc import Mapping
from numbers import Real

from faceswap_lab.core.errors import ConfigError


class Staged:
    """A number as a function of the step alone, so that a resumed run sees what an uninterrupted one does.

    Args:
        value: The number, or the step from which each number holds; one of them holds from step 0.
        name: The option it was given as, for errors.
        least: None of the numbers may be below it.
        most: Nor above it.

    Raises:
        ConfigError: Steps are no whole numbers from 0, none is 0, or a number is out of range.
    """

    def __init__(
        self,
        value: "float | Mapping[int, float] | Staged",
        *,
        name: str,
        least: float = float("-inf"),
        most: float = float("inf"),
    ) -> None:
        if isinstance(value, Staged):
            stages = dict(zip(value.steps, value.values, strict=True))
        else:
            stages = dict(value) if isinstance(value, Mapping) else {0: value}
        if not all(isinstance(step, int) and not isinstance(step, bool) and step >= 0 for step in stages):
            raise ConfigError(f"{name}={value}: steps are whole numbers from 0, as in {{0: 1.0, 20000: 0.5}}")
        if 0 not in stages:
            raise ConfigError(f"{name}={value} says nothing of the first steps; add a number for step 0")
        for number in stages.values():
            if not isinstance(number, Real) or isinstance(number, bool) or not least <= float(number) <= most:
                raise ConfigError(f"{name}={value} is out of range; use {_range(least, most)}")
        self.steps = sorted(stages)
        self.values = [float(stages[step]) for step in self.steps]

    def at(self, step: int) -> float:
        """The number that holds in a step, counted from 0."""
        return self.values[bisect_right(self.steps, step) - 1]


def _range(least: float, most: float) -> str:
    if most == float("inf"):
        return "any number" if least == float("-inf") else f"{least:g} or more"
    return f"{least:g} to {most:g}"
