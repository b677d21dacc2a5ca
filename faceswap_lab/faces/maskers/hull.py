"""The face region by its landmarks alone: the convex hull of the 68 points."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.geometry import FloatArray, transform_points

_OVERSAMPLING = 4
_SHIFT = 4  # fixed-point bits of cv2's polygon corners


class Hull:
    """Masks the hull of the landmarks: chin to brows, without the forehead."""

    def mask(self, landmarks_682: FloatArray, frame_to_crop_23: FloatArray, size: int) -> NDArray[np.uint8]:
        """The mask of one crop; see ``hull_mask``."""
        return hull_mask(landmarks_682, frame_to_crop_23, size)


def hull_mask(landmarks_682: FloatArray, frame_to_crop_23: FloatArray, size: int) -> NDArray[np.uint8]:
    """The convex hull of the landmarks as a mask of the crop.

    Args:
        landmarks_682: Landmarks in frame pixels, shape (68, 2).
        frame_to_crop_23: Frame to crop, pixels, shape (2, 3).
        size: Side of the crop in pixels.

    Returns:
        Mask of shape (size, size), uint8, 255 inside, 0 outside, the edge in between by covered area.
    """
    points = transform_points(frame_to_crop_23, landmarks_682)
    # Drawn larger, then averaged: cv2's own antialiasing widens the polygon by half a pixel.
    larger = (points + 0.5) * _OVERSAMPLING - 0.5
    hull = cv2.convexHull(np.rint(larger * 2**_SHIFT).astype(np.int32))
    canvas = np.zeros((size * _OVERSAMPLING, size * _OVERSAMPLING), np.uint8)
    cv2.fillConvexPoly(canvas, hull, 255, lineType=cv2.LINE_8, shift=_SHIFT)
    return np.asarray(cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
