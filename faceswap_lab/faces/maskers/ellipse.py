"""The face region as an ellipse: no corners that a blend could show, and steady when single landmarks are not."""

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.face import EYES, OUTER_LIPS
from faceswap_lab.faces.geometry import FloatArray, transform_points
from faceswap_lab.faces.maskers.hull import check_forehead
from faceswap_lab.faces.region import fill_hulls

_NUM_CORNERS = 180  # at 1024 px the polygon stays within 0.1 px of the ellipse


class Ellipse:
    """Masks the ellipse that touches the landmarks' sides, the chin and a line on the forehead.

    Args:
        forehead_ratio: How far it reaches above the brows, in distances from the mouth to the eyes, 0 to 0.5.

    Raises:
        ConfigError: The ratio is out of its range.
    """

    def __init__(self, *, forehead_ratio: float = 0.25) -> None:
        self.forehead_ratio = check_forehead("masker", forehead_ratio)

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
        up_2 = points[EYES].mean(0) - points[OUTER_LIPS].mean(0)
        length = float(np.linalg.norm(up_2))
        up_2 = up_2 / length if length > 0 else np.array([0.0, -1.0])
        axes_22 = np.stack([[-up_2[1], up_2[0]], up_2])  # across the face, along it
        placed = points @ axes_22.T
        low, high = placed.min(0), placed.max(0)
        high[1] += self.forehead_ratio * length
        angles = np.linspace(0, 2 * np.pi, _NUM_CORNERS, endpoint=False)
        circle_N2 = np.column_stack([np.cos(angles), np.sin(angles)])
        return fill_hulls([((low + high) / 2 + circle_N2 * (high - low) / 2) @ axes_22], size)
