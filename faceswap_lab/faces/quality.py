"""How good a face is to train on, in four numbers beside sharpness and pose."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.geometry import affine_scale, transform_points
from faceswap_lab.faces.occlusion import occlusion_hint
from faceswap_lab.media.pixels import Pixels


@dataclass(frozen=True, slots=True)
class Quality:
    """What tells a good face from a poor one.

    Attributes:
        brightness: Mean luma (BT.601) inside the mask, 0 to 255; of the whole crop where the mask is empty.
        face_px: Height of the landmarks' hull in frame pixels, along the face's own axis, so that a lying face counts
            as an upright one.
        upscale: Crop pixels per frame pixel along a side; above 1 the crop holds no more detail than the frame.
        occlusion: Hint whether something stands before the face, 0 to 1; see ``occlusion.occlusion_hint``.
    """

    brightness: float
    face_px: float
    upscale: float
    occlusion: float


def measure_quality(
    pixels: Pixels,
    landmarks_682: FloatArray,
    *,
    frame_to_crop_23: FloatArray,
    crop: NDArray[np.uint8],
    mask: NDArray[np.uint8],
) -> Quality:
    """Measures one face; about 3 ms.

    Args:
        pixels: Frame, RGB, shape (H, W, 3).
        landmarks_682: Landmarks in frame pixels, shape (68, 2).
        frame_to_crop_23: Frame to crop, pixels; takes out the face's tilt.
        crop: The crop, RGB, shape (S, S, 3).
        mask: Face region of the crop, shape (S, S), 0 to 255.

    Raises:
        NoFaceError: The landmarks coincide.
    """
    scale = affine_scale(frame_to_crop_23)
    return Quality(
        brightness=brightness_of(crop, mask),
        face_px=float(np.ptp(transform_points(frame_to_crop_23, landmarks_682)[:, 1])) / scale,
        upscale=scale,
        occlusion=occlusion_hint(pixels, landmarks_682),
    )


def brightness_of(crop: NDArray[np.uint8], mask: NDArray[np.uint8]) -> float:
    """Mean luma (BT.601) of a crop, weighted by its mask, 0 to 255; of the whole crop where the mask is empty."""
    luma = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    weight = mask.astype(np.float64)
    return float(np.average(luma, weights=weight)) if weight.any() else float(luma.mean())
