"""How much a face flickers from frame to frame: what changes inside it once its motion is taken out.

Shape letters: S crop side in px.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.evaluation.measured import Measured, ratio_of_means
from faceswap_lab.evaluation.sharpness import LUMA_WEIGHTS
from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.maskers.hull import hull_mask
from faceswap_lab.media.pixels import Pixels

_CROP = CropSpec("face", 128)
_LEAST = 0.05  # luma steps of 255: footage of which less changes stands still, and says nothing


class Flicker:
    """Collects pairs of frames that follow one another, footage and converted side by side.

    With Y the luma (0 to 255) of a 128 px face crop and H the landmark hull in it, both placed by the footage's
    landmarks in footage and converted frame alike,

        flicker = mean over t of mean over H(t) and H(t-1) of |Y(t) - Y(t-1)|,

    and the figure is that of the converted clip over that of the footage: 1 changes as much as the footage does,
    2 twice as much. Errors of the landmarks move both crops by the same. A face that barely shows through flickers like
    the footage, and a face that is smeared flickers less, so the figure is read beside ``identity_distance_target``,
    ``mask_hull_ratio`` and ``sharpness_ratio`` only.

    Source:
        Ours; the warping error of Lai et al., ECCV 2018, arXiv:1808.00449, eq. 10, with landmarks for optical flow.
    """

    def __init__(self) -> None:
        self._before: tuple[int, NDArray[Any], NDArray[Any], NDArray[np.bool_]] | None = None
        self._footage: list[float] = []
        self._converted: list[float] = []

    def add(self, index: int, footage: Pixels, converted: Pixels, landmarks_682: FloatArray) -> None:
        """Takes in a swapped frame; only one that follows right on the last counts.

        Args:
            index: Of the frame.
            footage: The frame as it was.
            converted: As it was written.
            landmarks_682: Of the footage's face, frame px.
        """
        matrix_23 = frame_to_crop(landmarks_682, _CROP)
        footage_SS = np.asarray(cut(footage, matrix_23, _CROP.size) @ LUMA_WEIGHTS, np.float64)
        converted_SS = np.asarray(cut(converted, matrix_23, _CROP.size) @ LUMA_WEIGHTS, np.float64)
        hull_SS = hull_mask(landmarks_682, matrix_23, _CROP.size) > 0
        if self._before is not None and self._before[0] == index - 1:
            _, footage_before_SS, converted_before_SS, hull_before_SS = self._before
            both_SS = hull_SS & hull_before_SS
            if both_SS.any():
                self._footage.append(float(np.abs(footage_SS - footage_before_SS)[both_SS].mean()))
                self._converted.append(float(np.abs(converted_SS - converted_before_SS)[both_SS].mean()))
        self._before = (index, footage_SS, converted_SS, hull_SS)

    @property
    def measured(self) -> Measured:
        """Converted over footage; None where no frames follow one another, or the footage stands still."""
        return Measured((np.array(self._converted), np.array(self._footage)), _ratio)

    @property
    def ratio(self) -> float | None:
        """The figure alone."""
        return self.measured.figure


def _ratio(converted_N: FloatArray, footage_N: FloatArray) -> float | None:
    return None if not footage_N.size or footage_N.mean() < _LEAST else ratio_of_means(converted_N, footage_N)
