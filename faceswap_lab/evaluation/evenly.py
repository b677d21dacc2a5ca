"""Fewer of many, evenly spaced: how the costly measurements are thinned."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def spread(items: Sequence[T], most: int) -> list[T]:
    """At most that many items, evenly spaced from the first to the last."""
    if len(items) <= most:
        return list(items)
    return [items[i] for i in np.linspace(0, len(items) - 1, max(most, 0)).round().astype(int)]


def spread_runs(values: Sequence[int], count: int, *, length: int) -> list[int]:
    """Up to ``count`` of the values, in runs of neighbours that are spread evenly and hold both ends.

    Args:
        values: To choose from, in order.
        count: How many at most; all of them where there are no more.
        length: Of a run, at most ``count``.
    """
    if len(values) <= count:
        return list(values)
    starts = spread(range(len(values) - length + 1), count // length)
    chosen = sorted({start + step for start in starts for step in range(length)})
    return [values[place] for place in chosen]
