"""What the network draws at and beyond its own outline: hair and background of the identity, which must not show.

The identity's face can be narrower than the footage's. Between the two outlines the footage's skin, a beard say, would
stay, or the identity's hair would appear; so the drawn skin is continued outwards instead. Strands that hang over
temples and forehead lie inside the outline; there they are told from skin by their lightness.
Shape letters: S crop side in px.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.face import FloatArray
from faceswap_lab.swap.depth import in_rgb
from faceswap_lab.swap.skin import skin_weight

# Shares of the predicted mask: up to the first a pixel is not skin, from the second on it is.
_NO_SKIN, _SKIN = 0.5, 0.95
# Hair lies over the sides of a face, inside its outline, up to about this depth, in face heights. Only sideways: at the
# top the outline runs along the brows, which must stay.
_HAIR_RATIO = 0.10
_KERNEL_RATIO = 0.08  # sigma of the kernel that carries the skin outwards, in face heights
_SMALLEST_WEIGHT = np.float32(1e-4)
_FEATURES_RATIO = 0.05  # face heights that brows, eyes, nose and mouth are kept clear of
_SAME_L, _OTHER_L = 8.0, 16.0  # differences of L* (0 to 100) from the cheeks' mean: still skin, no longer skin
_RIM_RATIO = 0.04  # face heights that a strand's soft rim is wide
_LEAST_SKIN_PX = 4.0  # of cheek and nose, to know what skin is
_LEFT_BROW, _RIGHT_BROW, _LEFT_EYE, _RIGHT_EYE = slice(17, 22), slice(22, 27), slice(36, 42), slice(42, 48)
_NOSE_AND_MOUTH = [*range(27, 36), *range(48, 60)]
_LOWEST_STRAND = 51  # landmark: below the upper lip what is dark may be a beard


def continue_skin(
    swapped_SS3: NDArray[np.float32],
    predicted_SS: NDArray[np.float32],
    landmarks_682: FloatArray,
    *,
    face_px: float,
    cheeks_SS: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """The drawn face with its skin continued across its outline, RGB in [0, 1]; brows, eyes, nose and mouth unchanged.

    Args:
        swapped_SS3: What the network drew, RGB in [0, 1].
        predicted_SS: The mask it drew, [0, 1].
        landmarks_682: Landmarks of the footage's face in px of this crop: about where the drawn ones are.
        face_px: Height of an average face in this crop, px.
        cheeks_SS: `skin_weight` of these landmarks, where it is known already.

    Source:
        Normalised convolution, Knutsson and Westin, CVPR 1993, doi:10.1109/CVPR.1993.341081. Written from the paper.
    """
    features_SS = _features(landmarks_682, predicted_SS.shape[0], face_px)
    weight_SS = _sure_skin(predicted_SS, hair_px=_HAIR_RATIO * face_px)
    if cheeks_SS is None:
        cheeks_SS = skin_weight(landmarks_682, predicted_SS.shape[0])
    weight_SS *= _not_strands(swapped_SS3, landmarks_682, features_SS, cheeks_SS, face_px)
    # Eyelids and brows stay where they are, and darken nothing beside them.
    skin_SS = weight_SS * (1 - features_SS)
    known_SS3 = in_rgb(skin_SS)
    known_SS3 *= swapped_SS3
    # In place wherever it can be: memory that is taken anew costs more than what is reckoned in it.
    continued_SS3, total_SS = (_blur(one, sigma_px=_KERNEL_RATIO * face_px) for one in (known_SS3, skin_SS))
    continued_SS3 *= in_rgb(np.asarray(1 / np.maximum(total_SS, _SMALLEST_WEIGHT), np.float32))
    kept_SS = np.where(total_SS > _SMALLEST_WEIGHT, weight_SS, np.float32(1))
    drawn_SS3 = np.asarray(swapped_SS3 - continued_SS3, np.float32)
    drawn_SS3 *= in_rgb(kept_SS)
    drawn_SS3 += continued_SS3
    return drawn_SS3


def _not_strands(
    swapped_SS3: NDArray[np.float32],
    landmarks_682: FloatArray,
    features_SS: NDArray[np.float32],
    cheeks_SS: NDArray[np.float32],
    face_px: float,
) -> NDArray[np.float32]:
    """0 where temples and forehead are much darker or lighter than the cheeks, 1 on skin and everywhere else."""
    size = swapped_SS3.shape[0]
    if cheeks_SS.sum() < _LEAST_SKIN_PX:
        return np.ones((size, size), np.float32)
    lightness_SS = cv2.cvtColor(np.ascontiguousarray(swapped_SS3, np.float32), cv2.COLOR_RGB2Lab)[..., 0]
    skin_l = float((lightness_SS * cheeks_SS).sum() / cheeks_SS.sum())
    away_SS = cv2.GaussianBlur(np.abs(lightness_SS - skin_l), (0, 0), sigmaX=0.01 * face_px)
    lowest = landmarks_682[_LOWEST_STRAND, 1]
    above_S1 = np.clip((lowest - np.arange(size)) / max(_FEATURES_RATIO * face_px, 1.0), 0.0, 1.0)[:, None]
    where_SS = (1 - features_SS) * above_S1.astype(np.float32)
    other_SS = np.clip((away_SS - _SAME_L) / (_OTHER_L - _SAME_L), 0.0, 1.0) * where_SS
    other_SS = _widen(other_SS, _RIM_RATIO * face_px) * where_SS
    return np.asarray(1 - other_SS, np.float32)


def _features(landmarks_682: FloatArray, size: int, face_px: float) -> NDArray[np.float32]:
    """1 on and close around brows, eyes, nose and mouth, falling to 0."""
    features_SS = np.zeros((size, size), np.float32)
    points_682 = np.rint(landmarks_682).astype(np.int32)
    for part in (_LEFT_EYE, _RIGHT_EYE, _NOSE_AND_MOUTH):
        cv2.fillConvexPoly(features_SS, cv2.convexHull(points_682[part]), 1.0)
    cv2.polylines(features_SS, [points_682[_LEFT_BROW], points_682[_RIGHT_BROW]], isClosed=False, color=1.0)
    return np.clip(2 * _widen(features_SS, _FEATURES_RATIO * face_px), 0, 1)


def _widen(map_SS: NDArray[np.float32], by_px: float) -> NDArray[np.float32]:
    """The map grown by so many px, with a soft rim."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(by_px)) + 1,) * 2)
    return np.asarray(cv2.GaussianBlur(cv2.dilate(map_SS, kernel), (0, 0), sigmaX=max(by_px / 2, 0.5)), np.float32)


def _blur(image_SSC: NDArray[np.float32], *, sigma_px: float) -> NDArray[np.float32]:
    """A wide Gaussian, on a quarter of the side: what it leaves needs no more, and it costs a tenth."""
    size = image_SSC.shape[0]
    small = cv2.resize(image_SSC, (max(1, size // 4),) * 2, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigmaX=max(sigma_px / 4, 0.5))
    return np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR), np.float32)


def _sure_skin(predicted_SS: NDArray[np.float32], *, hair_px: float) -> NDArray[np.float32]:
    """1 where the mask is sure and its sides are at least ``hair_px`` away, 0 from half of that to its outline."""
    sure_SS = np.clip((predicted_SS - _NO_SKIN) / (_SKIN - _NO_SKIN), 0.0, 1.0)
    # The mean along the row is the share of face to both sides: 0.5 at an outline, 1 from the kernel's half width on.
    width_px = 2 * max(1, round(hair_px)) + 1
    row_mean_SS = cv2.blur(predicted_SS, (width_px, 1), borderType=cv2.BORDER_CONSTANT)
    depth_SS = np.clip((row_mean_SS - 0.75) / 0.25, 0.0, 1.0)
    return np.asarray(sure_SS * depth_SS, np.float32)
