"""Masks of eyes, nostrils and mouth: where losses look harder, because people do."""

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.face import OUTER_LIPS
from faceswap_lab.faces.geometry import FloatArray, transform_points
from faceswap_lab.faces.region import fill_hulls

_LEFT_EYE, _RIGHT_EYE = slice(36, 42), slice(42, 48)
_UNDER_NOSE = slice(31, 36)


def eye_mask(
    landmarks_682: FloatArray, frame_to_crop_23: FloatArray, size: int, *, margin: float = 0.25
) -> NDArray[np.uint8]:
    """Both eyes.

    Args:
        landmarks_682: Landmarks in frame pixels, shape (68, 2).
        frame_to_crop_23: Frame to crop, pixels, shape (2, 3).
        size: Side of the crop in pixels.
        margin: How far the region reaches beyond the lids, in widths of the wider eye; it keeps a closed eye, whose
            outline is a line, and the lashes inside.

    Returns:
        Mask of shape (size, size), uint8, 255 inside, 0 outside, the edge in between by covered area.
    """
    points = transform_points(frame_to_crop_23, landmarks_682)
    return _grown([points[_LEFT_EYE], points[_RIGHT_EYE]], margin, size)


def mouth_mask(
    landmarks_682: FloatArray, frame_to_crop_23: FloatArray, size: int, *, margin: float = 0.1
) -> NDArray[np.uint8]:
    """The mouth with the lips; ``margin`` counts in widths of the mouth. Arguments and result as ``eye_mask``."""
    points = transform_points(frame_to_crop_23, landmarks_682)
    return _grown([points[OUTER_LIPS]], margin, size)


def nostril_mask(
    landmarks_682: FloatArray, frame_to_crop_23: FloatArray, size: int, *, margin: float = 0.3
) -> NDArray[np.uint8]:
    """The lower rim of the nose; ``margin`` counts in its widths. Arguments and result as ``eye_mask``."""
    points = transform_points(frame_to_crop_23, landmarks_682)
    return _grown([points[_UNDER_NOSE]], margin, size)


def _grown(parts: list[FloatArray], margin: float, size: int) -> NDArray[np.uint8]:
    width = max(float(np.linalg.norm(part.max(0) - part.min(0))) for part in parts)
    return fill_hulls(parts, size, grow_px=margin * width)
