"""Aligned square crops: where a face's crop lies in the frame, and cutting it out.

A crop of side S px reaches from -0.5 to S - 0.5 (pixel centres lie at integers). Its geometry is fixed by kind and
coverage, so the same face cut at S and at S' differs only by a resize: ``x' = (x + 0.5) * S' / S - 0.5``.

Shape letters: S crop side in pixels.
"""

from dataclasses import dataclass, replace
from typing import Any, NotRequired, TypedDict

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError, ShapeError
from faceswap_lab.faces.crop_kinds import CROP_KINDS, CropKind, centre_in_mean_face
from faceswap_lab.faces.face import INNER, NUM_LANDMARKS
from faceswap_lab.faces.geometry import (
    FloatArray,
    affine_scale,
    compose_affine,
    fit_similarity,
    invert_affine,
    transform_points,
)
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.media.pixels import Picture, Pixels

__all__ = ["CropKind", "CropSpec", "crop_corners", "cut", "frame_to_crop", "mean_face_in_crop", "sub_crop"]

_REACH_PX = 4  # around a crop in the frame: interpolation looks at two pixels more

MIN_SIZE = 16
MAX_SIZE = 2048
MIN_COVERAGE = 0.5


class CropValues(TypedDict):
    """A ``CropSpec`` as plain values; ``coverage`` is left out where it is 1."""

    kind: str
    size: int
    coverage: NotRequired[float]


@dataclass(frozen=True, slots=True)
class CropSpec:
    """Which square of the face a crop shows, and at how many pixels; plain values only, so it goes into JSON as is.

    Args:
        kind: ``face`` holds the 68 landmarks of the mean face and half of the forehead; ``whole`` reaches from the
            hairline to below the chin and follows the head as it turns; ``head`` holds the hair too; ``legacy`` is the
            narrow square of older tools.
        size: Side in pixels, 16 to 2048; 256 to 1024 is usual.
        coverage: Share of the kind's side that the crop shows, about the same middle, 0.5 to 1.

    Raises:
        ConfigError: The kind, the size or the coverage is not one of these.
    """

    kind: CropKind = "face"
    size: int = 256
    coverage: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.kind, str) or self.kind not in CROP_KINDS:
            raise ConfigError(f"crop.kind={self.kind!r} is unknown; use one of {', '.join(CROP_KINDS)}")
        if isinstance(self.size, bool) or not isinstance(self.size, int) or not MIN_SIZE <= self.size <= MAX_SIZE:
            raise ConfigError(f"crop.size={self.size!r} must be a whole number from {MIN_SIZE} to {MAX_SIZE} px")
        is_number = isinstance(self.coverage, int | float) and not isinstance(self.coverage, bool)
        if not is_number or not MIN_COVERAGE <= self.coverage <= 1:
            raise ConfigError(f"crop.coverage={self.coverage!r} is a share of the side; use {MIN_COVERAGE} to 1")

    def to_dict(self) -> CropValues:
        """Plain values that ``CropSpec(**values)`` takes back; sets of full coverage keep the hash they always had."""
        if self.coverage == 1:
            return CropValues(kind=self.kind, size=self.size)
        return CropValues(kind=self.kind, size=self.size, coverage=float(self.coverage))

    def __str__(self) -> str:
        part = "" if self.coverage == 1 else f" covering {self.coverage:g}"
        return f"{self.kind}{part} at {self.size} px"

    def at(self, size: int) -> "CropSpec":
        """The same square of the face at another number of pixels."""
        return replace(self, size=size)


def mean_face_in_crop(spec: CropSpec) -> FloatArray:
    """Where the mean face's 68 points lie in a crop, pixels, shape (68, 2)."""
    return _mean_face_about(np.array(CROP_KINDS[spec.kind].centre), spec)


def _mean_face_about(centre_2: FloatArray, spec: CropSpec) -> FloatArray:
    """The mean face in a crop whose middle shows this point of it."""
    side = CROP_KINDS[spec.kind].side * spec.coverage
    return (MEAN_FACE_682 - (centre_2 - side / 2)) / side * spec.size - 0.5


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
    if CROP_KINDS[spec.kind].depth is None:
        return fit_similarity(landmarks[INNER], mean_face_in_crop(spec)[INNER])
    on_mean_face = transform_points(fit_similarity(landmarks[INNER], MEAN_FACE_682[INNER]), landmarks)
    centre = centre_in_mean_face(spec.kind, on_mean_face)
    return fit_similarity(landmarks[INNER], _mean_face_about(centre, spec)[INNER])


def sub_crop(landmarks_682: FloatArray, outer: CropSpec, inner: CropSpec) -> FloatArray:
    """Matrix from one crop's pixels to those of another crop of the same face.

    Composed behind the outer crop's own matrix it is the matrix from the frame, so a network may ask for any square
    inside the one on disk, and its pixels are still interpolated once: ``cut(frame, compose_affine(to_outer, sub))``.

    Args:
        landmarks_682: Landmarks in frame pixels, shape (68, 2).
        outer: What is there.
        inner: What is wanted.

    Returns:
        Matrix of shape (2, 3), float64: scale and shift, no rotation.

    Raises:
        ShapeError: The landmarks are not (68, 2).
        NoFaceError: The landmarks coincide.
    """
    return compose_affine(
        invert_affine(frame_to_crop(landmarks_682, outer)),
        frame_to_crop(landmarks_682, inner),
    )


def cut(
    pixels: Pixels | Picture, matrix_23: FloatArray, size: int, *, interpolation: int | None = None
) -> NDArray[np.uint8]:
    """Cuts a square out of a frame, and looks at no more of the frame than the square shows.

    Args:
        pixels: Frame, shape (H, W, 3) or (H, W), any channel order, 8 or 16 bits.
        matrix_23: Frame to crop, pixels.
        size: Side of the crop in pixels.
        interpolation: A cv2 flag; by default cubic when enlarging and area averaging when shrinking.

    Returns:
        Crop of shape (size, size, 3) or (size, size), of the frame's type. Beyond the frame its border pixels are
        repeated.
    """
    image, matrix_23 = _shown(pixels, matrix_23, size)
    if interpolation is None:
        scale = affine_scale(matrix_23)
        if scale < 0.75:
            return _cut_by_area(image, matrix_23, size, scale)
        interpolation = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
    crop = cv2.warpAffine(image, matrix_23, (size, size), flags=interpolation, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, image.dtype)


def _shown(pixels: Pixels | Picture, matrix_23: FloatArray, size: int) -> tuple[NDArray[Any], FloatArray]:
    """The part of a frame that a crop shows, and the matrix from that part to the crop."""
    corners_42, limits_2 = crop_corners(matrix_23, size), np.array(pixels.shape[1::-1])
    low_2 = np.clip(np.floor(corners_42.min(0)).astype(int) - _REACH_PX, 0, limits_2 - 1)
    high_2 = np.clip(np.ceil(corners_42.max(0)).astype(int) + _REACH_PX, low_2 + 1, limits_2)
    part: NDArray[Any] = pixels[low_2[1] : high_2[1], low_2[0] : high_2[0]]
    return part, compose_affine(np.column_stack([np.eye(2), low_2]), matrix_23)


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
