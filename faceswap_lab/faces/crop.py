"""Aligned square crops: where a face's crop lies in the frame, and cutting it out.

A crop of side S px reaches from -0.5 to S - 0.5 (pixel centres lie at integers). Its geometry is fixed by the kind
alone, so the same face cut at S and at S' differs only by a resize: ``x' = (x + 0.5) * S' / S - 0.5``.

Shape letters: S crop side in pixels.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError, ShapeError
from faceswap_lab.faces.face import INNER, NUM_LANDMARKS
from faceswap_lab.faces.geometry import FloatArray, affine_scale, compose_affine, fit_similarity, invert_affine
from faceswap_lab.faces.mean_face import MEAN_FACE_682

CropKind = Literal["face", "head"]

# Side of the crop and its centre, in units of the mean face's square. `face` is the square from the middle of the
# forehead to below the chin and from ear to ear: skin enough above the brows to blend on, and a network spends little
# on hair and background. `head` reaches above the hair and to both sides of it.
_SIDE: dict[str, float] = {"face": 1.2, "head": 2.1}
_CENTRE: dict[str, tuple[float, float]] = {"face": (0.5, 0.46), "head": (0.5, 0.27)}

MIN_SIZE = 16
MAX_SIZE = 2048


@dataclass(frozen=True, slots=True)
class CropSpec:
    """Which square of the face a crop shows, and at how many pixels; plain values only, so it goes into JSON as is.

    Args:
        kind: ``face`` holds the 68 landmarks of the mean face and half of the forehead; ``head`` holds the hair too.
        size: Side in pixels, 16 to 2048.

    Raises:
        ConfigError: The kind or the size is not one of these.
    """

    kind: CropKind = "face"
    size: int = 256

    def __post_init__(self) -> None:
        if self.kind not in _SIDE:
            raise ConfigError(f"crop.kind={self.kind!r} is unknown; use one of {', '.join(_SIDE)}")
        if isinstance(self.size, bool) or not isinstance(self.size, int) or not MIN_SIZE <= self.size <= MAX_SIZE:
            raise ConfigError(f"crop.size={self.size!r} must be a whole number from {MIN_SIZE} to {MAX_SIZE} px")

    def to_dict(self) -> dict[str, str | int]:
        """``{"kind": …, "size": …}``."""
        return {"kind": self.kind, "size": self.size}


def mean_face_in_crop(spec: CropSpec) -> FloatArray:
    """Where the mean face's 68 points lie in a crop, pixels, shape (68, 2)."""
    corner = np.array(_CENTRE[spec.kind]) - _SIDE[spec.kind] / 2
    return (MEAN_FACE_682 - corner) / _SIDE[spec.kind] * spec.size - 0.5


def frame_to_crop(landmarks_682: FloatArray, spec: CropSpec) -> FloatArray:
    """Matrix from frame pixels to crop pixels, by a similarity on the 51 inner points.

    Args:
        landmarks_682: Landmarks in frame pixels, shape (68, 2).
        spec: Kind and size of the crop.

    Returns:
        Matrix of shape (2, 3), float64. Turned heads stay turned; only roll, size and place are taken out.

    Raises:
        ShapeError: The landmarks are not (68, 2).
        NoFaceError: The landmarks coincide.
    """
    landmarks = np.asarray(landmarks_682, np.float64)
    if landmarks.shape != (NUM_LANDMARKS, 2):
        raise ShapeError(f"need landmarks of shape ({NUM_LANDMARKS}, 2), got {landmarks.shape}")
    return fit_similarity(landmarks[INNER], mean_face_in_crop(spec)[INNER])


def cut(
    image: NDArray[np.uint8], matrix_23: FloatArray, size: int, *, interpolation: int | None = None
) -> NDArray[np.uint8]:
    """Cuts a square out of a frame.

    Args:
        image: Frame, shape (H, W, 3) or (H, W), any channel order.
        matrix_23: Frame to crop, pixels.
        size: Side of the crop in pixels.
        interpolation: A cv2 flag; by default cubic when enlarging and area averaging when shrinking.

    Returns:
        Crop of shape (size, size, 3) or (size, size). Beyond the frame its border pixels are repeated.
    """
    if interpolation is None:
        scale = affine_scale(matrix_23)
        if scale < 0.75:
            return _cut_by_area(image, matrix_23, size, scale)
        interpolation = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
    crop = cv2.warpAffine(image, matrix_23, (size, size), flags=interpolation, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, image.dtype)


def _cut_by_area(image: NDArray[np.uint8], matrix_23: FloatArray, size: int, scale: float) -> NDArray[np.uint8]:
    """Area averaging for a turned square, which ``warpAffine`` lacks: cut at a whole multiple, then average blocks."""
    factor = min(int(np.ceil(1 / scale)), 16)
    larger = np.array([[factor, 0.0, (factor - 1) / 2], [0.0, factor, (factor - 1) / 2]])
    crop = cv2.warpAffine(
        image,
        compose_affine(matrix_23, larger),
        (size * factor, size * factor),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA), image.dtype)


def crop_corners(matrix_23: FloatArray, size: int) -> FloatArray:
    """The crop's four outer corners in frame pixels, clockwise from its top left, shape (4, 2)."""
    low, high = -0.5, size - 0.5
    corners = np.array([[low, low], [high, low], [high, high], [low, high]])
    back = invert_affine(matrix_23)
    return corners @ back[:, :2].T + back[:, 2]
