"""How much of the face the swap really replaces."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from faceswap_lab.core.errors import ShapeError

OPAQUE = 0.98  # from here on the footage's own face no longer shines through


def opaque_hull_ratio(alpha_HW: NDArray[np.floating], landmarks_682: NDArray[np.float64]) -> float:
    """Area where the swap is opaque (alpha >= 0.98) over the area of the landmarks' convex hull; may exceed 1.

    Args:
        alpha_HW: Blend weight of the swapped face in [0, 1], in frame px; only its area counts, not its place.
        landmarks_682: The footage's landmarks in frame px.

    Raises:
        ShapeError: The landmarks span no area.
    """
    try:
        hull_area = float(ConvexHull(landmarks_682).volume)  # in the plane, "volume" is the area
    except (QhullError, ValueError) as error:
        raise ShapeError("the landmarks span no area") from error
    return int((alpha_HW >= OPAQUE).sum()) / hull_area
