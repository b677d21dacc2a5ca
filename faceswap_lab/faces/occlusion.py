"""Whether something stands before a face: a hint from colour alone, without a network."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.crop import CropSpec, crop_corners, cut, frame_to_crop
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.geometry import invert_affine, transform_points
from faceswap_lab.faces.maskers.hull import hull_mask
from faceswap_lab.media.pixels import Pixels

_SPEC = CropSpec("face", 96)
_FEATURES = (slice(17, 22), slice(22, 27), slice(36, 42), slice(42, 48), slice(48, 60))
_FEATURE_MARGIN = 9  # px of the crop at 96: lids, lashes and lipstick are no skin either

# Levels of lightness and of the two colours in 8-bit Lab: a nearly uniform skin must not make its own grain and the
# steps of the compression count as foreign. Of twelve settings tried, also with light that falls off across the face,
# the one that tells covered from bare faces best on footage with a skin-coloured occluder.
_LEAST_SPREAD = np.array([12.0, 3.0, 3.0])
_FAR = 3.0  # spreads; of Gaussian skin 2.9 % lie beyond in three dimensions
_ROUNDS = 4
_LEVELS = np.arange(256, dtype=np.float64)


def occlusion_hint(pixels: Pixels, landmarks_682: FloatArray) -> float:
    """Share of the face's skin whose colour is unlike the rest of that face's skin.

    Skin is the hull of the landmarks without brows, eyes and mouth; its colour is the median, which an occluder of
    less than half of the skin cannot move. A hint, no measurement: hands are skin-coloured and score low, while beards,
    hard light, glasses and make-up score although nothing stands before the face. Compare faces of one clip: a
    skin-coloured ellipse over 5 to 46 % of a face scores 0.06 on average, the same face bare 0.01 (the larger of
    the two in 7 of 10 pairs), but another person in the sun 0.2.

    Args:
        pixels: Frame, RGB, shape (H, W, 3).
        landmarks_682: Landmarks in its pixels, shape (68, 2).

    Returns:
        0 to 1; 0 where no skin is in the picture.

    Raises:
        NoFaceError: The landmarks coincide.
    """
    matrix = frame_to_crop(landmarks_682, _SPEC)
    skin = _skin(landmarks_682, matrix, pixels.shape[:2])
    if skin.sum() < 32:
        return 0.0
    crop = cv2.GaussianBlur(cut(pixels, matrix, _SPEC.size), (0, 0), 1.0)  # sensor noise is no occluder
    colours_3N = np.ascontiguousarray(cv2.cvtColor(crop, cv2.COLOR_RGB2LAB)[skin].T)
    usual = np.ones(colours_3N.shape[1], np.bool_)
    for _ in range(_ROUNDS):
        # By the 256 levels of a colour instead of its thousands of pixels: the same numbers in a quarter of the time.
        far_N = np.zeros(colours_3N.shape[1])
        for colour_N, least in zip(colours_3N, _LEAST_SPREAD, strict=True):
            counts = np.bincount(colour_N[usual], minlength=256)
            off_256 = np.abs(_LEVELS - _median(_LEVELS, counts))
            # 1.4826 turns the median distance of Gaussian values into their standard deviation.
            spread = max(1.4826 * _median(off_256, counts), least)
            far_N += np.square(off_256 / spread)[colour_N]
        before, usual = usual, far_N < _FAR**2
        if usual.sum() < 32:
            return 1.0
        if (usual == before).all():  # nothing would change in the rounds left
            break
    return float(1 - usual.mean())


def _median(values_256: FloatArray, counts_256: NDArray[np.intp]) -> float:
    """Median of values that occur so often."""
    order = np.argsort(values_256, kind="stable")
    upto = np.cumsum(counts_256[order])
    middle = np.searchsorted(upto, [(upto[-1] - 1) // 2, upto[-1] // 2], side="right")
    return float(values_256[order[middle]].mean())


def _skin(landmarks_682: FloatArray, matrix_23: FloatArray, frame_size: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which pixels of the crop show skin, and lie inside the frame."""
    skin = hull_mask(landmarks_682, matrix_23, _SPEC.size) == 255
    points = np.rint(transform_points(matrix_23, landmarks_682)).astype(np.int32)
    features = np.zeros(skin.shape, np.uint8)
    for part in _FEATURES:
        cv2.fillConvexPoly(features, cv2.convexHull(points[part]), 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_FEATURE_MARGIN, _FEATURE_MARGIN))
    skin &= cv2.dilate(features, kernel) == 0
    corners_42, limits_2 = crop_corners(matrix_23, _SPEC.size), np.array(frame_size[1::-1])
    if (corners_42 >= 0).all() and (corners_42 <= limits_2 - 1).all():
        return skin
    across, down = np.meshgrid(*[np.arange(_SPEC.size, dtype=np.float64)] * 2)
    places = np.rint(transform_points(invert_affine(matrix_23), np.stack([across, down], axis=-1)))
    return skin & ((places >= 0) & (places < limits_2)).all(-1)
