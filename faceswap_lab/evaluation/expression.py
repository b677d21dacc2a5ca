"""Whether the swapped mouth opens when the footage's mouth opens.

Landmarks are 68 points in iBUG order, 0-based, in px of any frame or crop: the figures do not depend on scale.
"""

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ShapeError

FloatArray = NDArray[np.float64]

INNER_LIP_TOP, INNER_LIP_BOTTOM = [61, 62, 63], [67, 66, 65]
OUTER_EYES = (36, 45)
STILL_MOUTH_STD = 0.02  # below this the opening is mostly landmark jitter, and its correlation says little


def mouth_opening(landmarks_682: FloatArray) -> float:
    """Mean gap of the inner lips over the distance of the outer eye corners: 0 closed, about 0.5 wide open.

    Raises:
        ShapeError: The landmarks are not (68, 2), or the eye corners coincide.
    """
    if landmarks_682.shape != (68, 2):
        raise ShapeError(f"need 68 landmarks of shape (68, 2), got {landmarks_682.shape}")
    eyes = float(np.linalg.norm(landmarks_682[OUTER_EYES[0]] - landmarks_682[OUTER_EYES[1]]))
    if eyes == 0.0:
        raise ShapeError("the outer eye corners coincide, so the mouth's opening has no scale")
    gaps = np.linalg.norm(landmarks_682[INNER_LIP_TOP] - landmarks_682[INNER_LIP_BOTTOM], axis=1)
    return float(gaps.mean()) / eyes


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
