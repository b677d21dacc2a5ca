"""Drawing regions of a face as masks: polygons by covered area, in pixels of a crop.

Shape letters: N points, S crop side in px.
"""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.geometry import FloatArray

_OVERSAMPLING = 4
_SHIFT = 4  # fixed-point bits of cv2's polygon corners


def fill_hulls(parts: Iterable[FloatArray], size: int, *, grow_px: float = 0.0) -> NDArray[np.uint8]:
    """The union of the parts' convex hulls.

    Args:
        parts: Points of each part in crop pixels, shape (N, 2) each.
        size: Side of the crop in pixels.
        grow_px: How far the region is grown to all sides, crop pixels.

    Returns:
        Mask of shape (S, S), uint8, 255 inside, 0 outside, the edge in between by covered area.
    """
    # Drawn larger, then averaged: cv2's own antialiasing widens the polygon by half a pixel.
    canvas = np.zeros((size * _OVERSAMPLING, size * _OVERSAMPLING), np.uint8)
    thickness = round(2 * grow_px * _OVERSAMPLING)
    for points_N2 in parts:
        larger = (np.asarray(points_N2, np.float64) + 0.5) * _OVERSAMPLING - 0.5
        hull = cv2.convexHull(np.rint(larger * 2**_SHIFT).astype(np.int32))
        cv2.fillConvexPoly(canvas, hull, 255, lineType=cv2.LINE_8, shift=_SHIFT)
        if thickness > 0:
            # An outline with round joints, twice as thick as it reaches outwards; a dilation would take 100 ms for it.
            cv2.polylines(canvas, [hull], True, 255, thickness=thickness, lineType=cv2.LINE_8, shift=_SHIFT)
    return np.asarray(cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
