"""Everything a face set keeps of one face: its crop, mask, matrix, sharpness, pose and quality."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.face import Face, FloatArray
from faceswap_lab.faces.finder import Masker
from faceswap_lab.faces.maskers.hull import Hull
from faceswap_lab.faces.pose import Pose, head_pose
from faceswap_lab.faces.quality import Quality, measure_quality
from faceswap_lab.media.pixels import Pixels

_SHARPNESS_SIZE = 256


@dataclass(frozen=True, slots=True)
class MeasuredFace:
    """One face, ready to be stored.

    Attributes:
        face: Box, landmarks and confidence in frame pixels.
        frame_to_crop: Matrix of shape (2, 3), pixels to pixels.
        crop: Aligned crop, RGB, shape (S, S, 3).
        mask: Face region of the crop, shape (S, S), 0 to 255.
        sharpness: Variance of the Laplacian, see ``sharpness_of``.
        pose: Head angles in degrees.
        quality: Brightness, size, enlargement and the hint of occlusion.
    """

    face: Face
    frame_to_crop: FloatArray
    crop: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    sharpness: float
    pose: Pose
    quality: Quality


def measure(pixels: Pixels, face: Face, spec: CropSpec, *, masker: Masker | None = None) -> MeasuredFace:
    """Cuts and measures one face of a frame.

    Args:
        pixels: Frame, RGB, shape (H, W, 3).
        face: The face, in pixels of that frame.
        spec: Kind and size of the crop.
        masker: Draws the mask; by default the hull of the landmarks.

    Raises:
        NoFaceError: The landmarks coincide.
    """
    matrix = frame_to_crop(face.landmarks_682, spec)
    crop = cut(pixels, matrix, spec.size)
    mask = (masker or Hull()).mask(face.landmarks_682, matrix, spec.size)
    return MeasuredFace(
        face=face,
        frame_to_crop=matrix,
        crop=crop,
        mask=mask,
        sharpness=sharpness_of(crop),
        pose=head_pose(face.landmarks_682, (pixels.shape[1], pixels.shape[0])),
        quality=measure_quality(pixels, face.landmarks_682, frame_to_crop_23=matrix, crop=crop, mask=mask),
    )


def sharpness_of(crop: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of the grey crop at 256 px, in squared grey levels; higher is sharper.

    Always at one size, so that sets cut at different sizes can be compared.

    Source:
        Pech-Pacheco et al., ICPR 2000, doi:10.1109/ICPR.2000.903548.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    if len(grey) != _SHARPNESS_SIZE:
        shrinks = len(grey) > _SHARPNESS_SIZE
        grey = cv2.resize(
            grey, (_SHARPNESS_SIZE, _SHARPNESS_SIZE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        )
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())
