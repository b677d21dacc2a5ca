"""The face region by its landmarks alone: their convex hull, with the brows raised onto the forehead if wanted."""

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.face import BROWS, EYES, OUTER_LIPS
from faceswap_lab.faces.geometry import FloatArray, transform_points
from faceswap_lab.faces.region import fill_hulls

LARGEST_FOREHEAD = 0.5


class Hull:
    """Masks the hull of the landmarks: chin to brows, and as much of the forehead as asked for.

    Args:
        forehead_ratio: See ``hull_mask``.

    Raises:
        ConfigError: The ratio is out of its range.
    """

    def __init__(self, *, forehead_ratio: float = 0.0) -> None:
        self.forehead_ratio = check_forehead("masker", forehead_ratio)

    def mask(self, landmarks_682: FloatArray, frame_to_crop_23: FloatArray, size: int) -> NDArray[np.uint8]:
        """The mask of one crop; see ``hull_mask``."""
        return hull_mask(landmarks_682, frame_to_crop_23, size, forehead_ratio=self.forehead_ratio)


def check_forehead(group: str, forehead_ratio: float) -> float:
    """The ratio itself, if it is one.

    Raises:
        ConfigError: It is out of its range.
    """
    if not 0 <= forehead_ratio <= LARGEST_FOREHEAD:
        raise ConfigError(f"{group}.forehead_ratio={forehead_ratio} is out of range; use 0 to {LARGEST_FOREHEAD}")
    return forehead_ratio


def hull_mask(
    landmarks_682: FloatArray, frame_to_crop_23: FloatArray, size: int, *, forehead_ratio: float = 0.0
) -> NDArray[np.uint8]:
    """The convex hull of the landmarks as a mask of the crop.

    Args:
        landmarks_682: Landmarks in frame pixels, shape (68, 2).
        frame_to_crop_23: Frame to crop, pixels, shape (2, 3).
        size: Side of the crop in pixels.
        forehead_ratio: How far the hull reaches above the brows, in distances from the mouth to the eyes, 0 to 0.5.

    Returns:
        Mask of shape (size, size), uint8, 255 inside, 0 outside, the edge in between by covered area.
    """
    points = transform_points(frame_to_crop_23, _raise_brows(landmarks_682, forehead_ratio))
    return fill_hulls([points], size)


def _raise_brows(landmarks_682: FloatArray, forehead_ratio: float) -> FloatArray:
    """The landmarks with copies of the brows, moved from the mouth towards the eyes and on."""
    upwards_2 = landmarks_682[EYES].mean(0) - landmarks_682[OUTER_LIPS].mean(0)
    return np.concatenate([landmarks_682, landmarks_682[BROWS] + forehead_ratio * upwards_2])
