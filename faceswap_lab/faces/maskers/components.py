"""The face region as a union of parts: it follows brows and temples more closely than one hull."""

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.geometry import FloatArray, transform_points
from faceswap_lab.faces.region import fill_hulls

# Eight groups of the 68 points; neighbours share points, so that the union has no seams. Left and right mirror each
# other. Between the brows and beside the temples, where a single hull bridges over, nothing is covered.
_PARTS: tuple[tuple[int, ...], ...] = (
    (*range(0, 9), 36, 31, 48),  # left jaw, up to the eye
    (*range(8, 17), 45, 35, 54),
    (0, 1, 17, 36, 31, 48, 39, 30),  # left cheek, temple to nose
    (15, 16, 26, 45, 35, 54, 42, 30),
    (*range(17, 22), 0, *range(36, 42), 27, 28),  # left brow and eye
    (*range(22, 27), 16, *range(42, 48), 27, 28),
    (21, 22, *range(27, 36), 39, 42),  # nose
    (31, 35, *range(48, 60), 5, 6, 7, 8, 9, 10, 11),  # mouth and chin
)


class Components:
    """Masks the union of the convex hulls of eight parts of the face: chin to brows, no forehead."""

    def mask(self, landmarks_682: FloatArray, frame_to_crop_23: FloatArray, size: int) -> NDArray[np.uint8]:
        """The mask of one crop.

        Args:
            landmarks_682: Landmarks in frame pixels, shape (68, 2).
            frame_to_crop_23: Frame to crop, pixels, shape (2, 3).
            size: Side of the crop in pixels.

        Returns:
            Mask of shape (size, size), uint8, 255 inside, 0 outside, the edge in between by covered area.
        """
        points = transform_points(frame_to_crop_23, landmarks_682)
        return fill_hulls((points[list(part)] for part in _PARTS), size)
