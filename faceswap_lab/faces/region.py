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
    for points_N2 in parts:
        larger = (np.asarray(points_N2, np.float64) + 0.5) * _OVERSAMPLING - 0.5
        hull = cv2.convexHull(np.rint(larger * 2**_SHIFT).astype(np.int32))
        cv2.fillConvexPoly(canvas, hull, 255, lineType=cv2.LINE_8, shift=_SHIFT)
    radius = round(grow_px * _OVERSAMPLING)
    if radius > 0:
        canvas = cv2.dilate(canvas, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)))
    return np.asarray(cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
