"""Where the eyes look, as far as pixels tell: the dark of the iris between the corners of the eye.

A proxy: no gaze network is asked, so make-up, glasses and shadows count as well. Shape letters: H, W sides in px.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.evaluation.sharpness import LUMA_WEIGHTS
from faceswap_lab.faces.face import FloatArray

_EYES = (np.arange(36, 42), np.arange(42, 48))
_LEAST_PX = 24  # of an open eye in the picture: below, a handful of pixels would decide


def gaze(image: NDArray[np.uint8], landmarks_682: FloatArray) -> FloatArray:
    """Place of the iris along and across the eyes, mean of both, shape (2,); NaN where the eyes are shut.

    Formula: centre of mass c of the darkness ``max(0, q - Y)^2`` inside the polygon of the lids (Y luma, q its 60th
    percentile there), as ``(c - m) . u / |u|^2`` and the same along the normal of u, where u leads from one corner to
    the other and m is their middle. Range about -0.5 to 0.5, in widths of an eye: 0 looks ahead.

    Args:
        image: RGB uint8, shape (H, W, 3).
        landmarks_682: In px of it.

    Source:
        Centre of mass of the dark iris as in Zhang et al., "Appearance-based gaze estimation in the wild", CVPR 2015,
        section on model-free cues; written anew as a proxy.
    """
    places = [_of_one_eye(image, landmarks_682[eye]) for eye in _EYES]
    return np.mean(places, axis=0)


def gaze_error(swapped_N2: FloatArray, footage_N2: FloatArray) -> FloatArray:
    """Distance of the two places for each frame, shape (N,), in widths of an eye; 0 is ideal, NaN where eyes are shut.

    Each clip's own median is taken out first, since eyes are cut differently and nobody's zero is another's.
    """
    if not len(swapped_N2):
        return np.zeros(0)
    seen_N = np.isfinite(swapped_N2).all(axis=1) & np.isfinite(footage_N2).all(axis=1)
    if not seen_N.any():
        return np.full(len(swapped_N2), np.nan)
    moved = [places_N2 - np.median(places_N2[seen_N], axis=0) for places_N2 in (swapped_N2, footage_N2)]
    return np.linalg.norm(moved[0] - moved[1], axis=1)


def _of_one_eye(image: NDArray[np.uint8], lids_62: FloatArray) -> FloatArray:
    low = np.maximum(np.floor(lids_62.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(lids_62.max(axis=0)).astype(int) + 2, image.shape[1::-1])
    nothing = np.full(2, np.nan)
    if (high <= low).any():
        return nothing
    part = image[low[1] : high[1], low[0] : high[0]]
    inside_HW = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(inside_HW, [np.rint(lids_62 - low).astype(np.int32)], 1)
    if inside_HW.sum() < _LEAST_PX:
        return nothing
    luma_HW = part @ LUMA_WEIGHTS
    limit = float(np.quantile(luma_HW[inside_HW > 0], 0.6))
    dark_HW = np.square(np.maximum(limit - luma_HW, 0.0)) * inside_HW
    if dark_HW.sum() <= 0.0:
        return nothing
    rows, columns = np.mgrid[0 : part.shape[0], 0 : part.shape[1]]
    centre_2 = np.array([(dark_HW * columns).sum(), (dark_HW * rows).sum()]) / dark_HW.sum() + low
    along_2, middle_2 = lids_62[3] - lids_62[0], (lids_62[0] + lids_62[3]) / 2
    across_2 = np.array([-along_2[1], along_2[0]])
    return np.array([along_2, across_2]) @ (centre_2 - middle_2) / float(along_2 @ along_2)
