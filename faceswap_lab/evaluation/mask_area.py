"""How much of the face the swap really replaces."""

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ShapeError

OPAQUE = 0.98  # from here on the footage's own face no longer shines through


def opaque_hull_ratio(alpha_HW: NDArray[np.floating], hull_HW: NDArray) -> float:
    """Area where the swap is opaque (alpha >= 0.98) over the area of the landmark hull; may exceed 1.

    Args:
        alpha_HW: Blend weight of the swapped face in [0, 1].
        hull_HW: Non-zero inside the hull of the 68 landmarks, same shape; its soft edge counts from one half on.

    Raises:
        ShapeError: The shapes differ or the hull is empty.
    """
    if alpha_HW.shape != hull_HW.shape:
        raise ShapeError(f"alpha {alpha_HW.shape} and hull {hull_HW.shape} must have one shape")
    half = 127 if hull_HW.dtype == np.uint8 else 0.5
    hull_area = int((hull_HW > half).sum())
    if hull_area == 0:
        raise ShapeError("the landmark hull is empty")
    return int((alpha_HW >= OPAQUE).sum()) / hull_area
