"""Where a face is skin on nearly everybody: nose and inner cheeks, below the eyes and above beard and lips.

Colours are compared there. Over a whole face a beard, make-up or dark brows of one of the two people would pull the
mean, and the other's skin would be painted darker or paler than the neck it meets.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.face import FloatArray

_LOWER_LIDS = [40, 41, 46, 47]
_NOSTRILS = [31, 33, 35]
# A cheek's outer end: this far from the nostril towards the jaw at the ear lobe's height.
_CHEEKS = ((31, 2), (35, 14))
_OUTWARDS = 0.55
_SHIFT = 4  # fixed-point bits of cv2's polygon corners


def skin_weight(landmarks_682: FloatArray, size: int) -> NDArray[np.float32]:
    """1 on nose and inner cheeks, 0 elsewhere.

    Args:
        landmarks_682: Landmarks in px of a crop, shape (68, 2).
        size: Side of the crop, px.

    Returns:
        Shape (size, size).
    """
    cheeks = [landmarks_682[a] + _OUTWARDS * (landmarks_682[b] - landmarks_682[a]) for a, b in _CHEEKS]
    points_N2 = np.concatenate([landmarks_682[_LOWER_LIDS + _NOSTRILS], np.stack(cheeks)])
    weight_SS = np.zeros((size, size), np.float32)
    hull = cv2.convexHull(np.rint(points_N2 * 2**_SHIFT).astype(np.int32))
    cv2.fillConvexPoly(weight_SS, hull, 1.0, lineType=cv2.LINE_8, shift=_SHIFT)
    return weight_SS
