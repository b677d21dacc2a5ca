"""What a face does, in a few numbers taken from its landmarks.

Landmarks are 68 points in iBUG order, 0-based, in px of any frame or crop: every number is a ratio to the distance of
the outer eye corners and does not depend on scale, place or tilt.
"""

import numpy as np

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.faces.face import OUTER_EYES, FloatArray

_INNER_LIP_TOP, _INNER_LIP_BOTTOM = [61, 62, 63], [67, 66, 65]
_MOUTH_CORNERS = ([48], [54])
_UPPER_LIDS, _LOWER_LIDS = [37, 38, 43, 44], [41, 40, 47, 46]
_BROWS, _LIDS_BELOW = [19, 24], [37, 44]


def mouth_opening(landmarks_682: FloatArray) -> float:
    """Mean gap of the inner lips over the distance of the outer eye corners: 0 closed, about 0.5 wide open.

    Raises:
        ShapeError: The landmarks are not (68, 2), or the eye corners coincide.
    """
    return _mean_gap(landmarks_682, _INNER_LIP_TOP, _INNER_LIP_BOTTOM)


def mouth_width(landmarks_682: FloatArray) -> float:
    """Distance of the mouth's corners over that of the outer eye corners. Raises as ``mouth_opening``."""
    return _mean_gap(landmarks_682, *_MOUTH_CORNERS)


def eye_opening(landmarks_682: FloatArray) -> float:
    """Mean gap of the lids over the distance of the outer eye corners, both eyes. Raises as ``mouth_opening``."""
    return _mean_gap(landmarks_682, _UPPER_LIDS, _LOWER_LIDS)


def brow_height(landmarks_682: FloatArray) -> float:
    """Mean gap of brows and upper lids over the distance of the outer eye corners. Raises as ``mouth_opening``."""
    return _mean_gap(landmarks_682, _BROWS, _LIDS_BELOW)


def _mean_gap(landmarks_682: FloatArray, first: list[int], second: list[int]) -> float:
    if landmarks_682.shape != (68, 2):
        raise ShapeError(f"need 68 landmarks of shape (68, 2), got {landmarks_682.shape}")
    eyes = float(np.linalg.norm(landmarks_682[OUTER_EYES[0]] - landmarks_682[OUTER_EYES[1]]))
    if eyes == 0.0:
        raise ShapeError("the outer eye corners coincide, so nothing of the face has a scale")
    return float(np.linalg.norm(landmarks_682[first] - landmarks_682[second], axis=1).mean()) / eyes
