"""Whether the swapped face changes colour while the footage's does not.

Shape letters: N frames.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.evaluation.identity import FloatArray


def mean_colour(crop_SS3: NDArray[np.uint8], mask_SS: NDArray) -> FloatArray:
    """Mean CIELAB colour (L 0 to 100, a, b) of a crop inside a mask, shape (3,)."""
    inside_N13 = crop_SS3[mask_SS > 0].reshape(-1, 1, 3).astype(np.float32) / np.float32(255)
    return np.asarray(cv2.cvtColor(inside_N13, cv2.COLOR_RGB2LAB), np.float64).reshape(-1, 3).mean(axis=0)


def colour_drift(swapped_N3: FloatArray, footage_N3: FloatArray) -> float:
    """Standard deviation, over the frames, of the swapped face's colour against the footage's.

    Formula: ``sqrt(mean_t |d_t - mean(d)|^2)``, d the difference of the mean CIELAB colours at t. A tone that is
    different throughout is no drift, and light that changes in the footage is none either. Range 0 (ideal) and up, in
    units of CIELAB, of which one or two are just visible; the lower, the better.

    Raises:
        ShapeError: The shapes do not fit or there is no frame.

    Source:
        CIE 1976 colour difference (CIE 15:2004); its deviation over time is this project's.
    """
    if swapped_N3.shape != footage_N3.shape or swapped_N3.ndim != 2 or len(swapped_N3) == 0:
        raise ShapeError(f"need two equal lists of colours, got {swapped_N3.shape} and {footage_N3.shape}")
    difference_N3 = swapped_N3 - footage_N3
    return float(np.sqrt(np.square(difference_N3 - difference_N3.mean(axis=0)).sum(axis=1).mean()))
