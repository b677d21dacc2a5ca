"""A figure together with the frames that it is made of, so that an interval can be drawn around it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.evaluation.bootstrap import interval
from faceswap_lab.evaluation.finite import rounded

Values = NDArray[Any]


def mean(values_N: Values) -> float | None:
    """Mean of what is known (not NaN), or None where nothing is."""
    known_N = values_N[np.isfinite(values_N)]
    return float(known_N.mean()) if known_N.size else None


def ratio_of_means(first_N: Values, second_N: Values) -> float | None:
    """Mean of the first over the mean of the second; None where there is no frame or the latter is 0."""
    if not first_N.size or not second_N.size or not second_N.any():
        return None
    return float(first_N.mean() / second_N.mean())


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure of a direction.

    Attributes:
        frames: What was measured in each frame, in order of time: arrays of one length N.
        of: Makes the figure of them; None where nothing can be said.
    """

    frames: tuple[Values, ...]
    of: Callable[..., float | None] = mean

    @property
    def figure(self) -> float | None:
        """The figure of all frames, for JSON."""
        return rounded(self.of(*self.frames))

    @property
    def interval(self) -> list[float | None] | None:
        """95 % interval of the figure, drawn from stretches of time; see `bootstrap`."""
        if self.figure is None:
            return None
        ends = interval(lambda places: self.of(*[values[places] for values in self.frames]), len(self.frames[0]))
        return None if ends is None else [rounded(end) for end in ends]


def figures_of(measured: Mapping[str, Measured]) -> dict[str, float | None]:
    """The figure of each."""
    return {name: of.figure for name, of in measured.items()}


def intervals_of(measured: Mapping[str, Measured]) -> dict[str, list[float | None]]:
    """The interval of each that has one."""
    return {name: ends for name, of in measured.items() if (ends := of.interval) is not None}
