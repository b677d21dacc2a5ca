"""How sure a figure is: intervals from drawing whole stretches of time again.

Neighbouring frames are near twins, so drawing single frames would promise far too narrow intervals.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Figure = Callable[[Places], float | None]
"""A figure of the frames at these places; the same place may come several times."""

_BLOCKS, _DRAWS, _LEAST = 12, 300, 12


def block_places(count: int, generator: np.random.Generator, *, blocks: int = _BLOCKS) -> Places:
    """Places of a series drawn anew: so many blocks of equal length, each from anywhere in it, shape (count,)."""
    length = max(1, round(count / blocks))
    starts = generator.integers(0, count - length + 1, size=-(-count // length))
    return (starts[:, None] + np.arange(length)).ravel()[:count]


def interval(
    figure: Figure, count: int, *, level: float = 0.95, draws: int = _DRAWS, seed: int = 0
) -> tuple[float, float] | None:
    """Confidence interval of a figure by the moving block bootstrap, percentile method.

    Args:
        figure: Computes it from places in time.
        count: Frames there are; with fewer than 12 nothing can be said.
        level: Probability that the interval covers the figure of a longer clip of the same kind.
        draws: How often the clip is drawn again.
        seed: The interval is a function of it.

    Returns:
        Lower and upper end, or None.

    Source:
        Künsch, Annals of Statistics 17(3), 1989, doi:10.1214/aos/1176347265.
    """
    if count < _LEAST:
        return None
    generator = np.random.default_rng(seed)
    values = [value for _ in range(draws) if (value := figure(block_places(count, generator))) is not None]
    finite = np.array(values, np.float64)
    finite = finite[np.isfinite(finite)]
    if finite.size < draws // 2:
        return None
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
