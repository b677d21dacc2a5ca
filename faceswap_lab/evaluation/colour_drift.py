"""Whether the swapped face changes colour while the footage's does not.

Shape letters: N frames.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.evaluation.identity import FloatArray
from faceswap_lab.evaluation.measured import Measured
from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.maskers.hull import hull_mask
from faceswap_lab.media.pixels import Pixels

_CROP = CropSpec("face", 64)  # of a mean colour nothing finer is asked


class ColourDrift:
    """Collects mean colours inside the landmark hull, footage and converted frames side by side."""

    def __init__(self) -> None:
        self._footage: list[FloatArray] = []
        self._converted: list[FloatArray] = []

    def add(self, footage: Pixels, converted: Pixels, landmarks_682: FloatArray) -> None:
        """Takes in a swapped frame; the landmarks are those of the footage's face, frame px."""
        matrix_23 = frame_to_crop(landmarks_682, _CROP)
        hull_SS = hull_mask(landmarks_682, matrix_23, _CROP.size)
        self._footage.append(mean_colour(cut(footage, matrix_23, _CROP.size), hull_SS))
        self._converted.append(mean_colour(cut(converted, matrix_23, _CROP.size), hull_SS))

    @property
    def measured(self) -> Measured:
        """The drift over all frames."""
        colours = (np.array(of).reshape(-1, 3) for of in (self._converted, self._footage))
        return Measured(tuple(colours), _drift_or_none)


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


def _drift_or_none(swapped_N3: FloatArray, footage_N3: FloatArray) -> float | None:
    return colour_drift(swapped_N3, footage_N3) if len(swapped_N3) else None
