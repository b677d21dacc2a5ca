"""Whether the swapped mouth opens when the footage's mouth opens."""

import numpy as np

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.faces.face import FloatArray

STILL_MOUTH_STD = 0.02  # below this the opening is mostly landmark jitter, and its correlation says little

STILL_EYES_STD = 0.01  # the same of the lids, twice what their landmarks scatter by from frame to frame on a real clip

STILL = {"mouth_opening_correlation": STILL_MOUTH_STD, "eye_opening_correlation": STILL_EYES_STD}
"""Least standard deviation of the footage's opening with which a correlation means something."""


def correlation(first_N: FloatArray, second_N: FloatArray) -> float | None:
    """Pearson's correlation of two series in [-1, 1]; None with fewer than three values or where one never changes."""
    if first_N.shape != second_N.shape or first_N.ndim != 1:
        raise ShapeError(f"need two series of equal length, got {first_N.shape} and {second_N.shape}")
    if first_N.size < 3:
        return None
    first, second = first_N - first_N.mean(), second_N - second_N.mean()
    scale = float(np.linalg.norm(first) * np.linalg.norm(second))
    if scale < 1e-12:
        return None
    return float(np.clip(first @ second / scale, -1.0, 1.0))
