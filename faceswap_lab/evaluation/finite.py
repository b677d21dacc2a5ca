"""Figures fit for JSON: every number finite, and None where there is nothing to say."""

import math
from collections.abc import Iterable

import numpy as np


def mean_or_none(values: Iterable[float]) -> float | None:
    """Mean of the values, or None where there are none or the mean is not finite."""
    array = np.asarray(list(values), dtype=np.float64)
    return rounded(float(array.mean())) if array.size else None


def std_or_none(values: Iterable[float]) -> float | None:
    """Population standard deviation of the values, or None where there are none."""
    array = np.asarray(list(values), dtype=np.float64)
    return rounded(float(array.std())) if array.size else None


def ratio_or_none(part: float | None, whole: float | None) -> float | None:
    """``part / whole``, or None where one is missing or the whole is zero."""
    if part is None or not whole:
        return None
    return rounded(part / whole)


def rounded(value: float | None, digits: int = 7) -> float | None:
    """The value without the noise of its last digits, or None where it is missing or not finite."""
    return None if value is None or not math.isfinite(value) else round(float(value), digits)
