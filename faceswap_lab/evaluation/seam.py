"""How much of an edge shows where the swapped face ends.

Shape letters: S crop side in px.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.evaluation.measured import Measured, ratio_of_means
from faceswap_lab.evaluation.sharpness import LUMA_WEIGHTS
from faceswap_lab.faces.crop import CropSpec, crop_corners, cut, frame_to_crop
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.maskers.hull import hull_mask
from faceswap_lab.media.pixels import Pixels

_CROP = CropSpec("whole", 192)
_FOREHEAD_RATIO = 0.25  # as all masks of `convert` reach by default
_SIGMA_PX = 1.5  # over which light is averaged before it is compared: texture is no seam
_BAND_PX = 7.0  # to either side of the outline: about what a feather takes


class Seam:
    """Collects how steeply light changes across the outline of the face, in footage and converted frames.

    With Y the luma of a 192 px crop, averaged by a Gaussian, and n the normal of the landmark hull's outline (with half
    of the forehead, where ``convert`` ends its masks),

        seam = mean over frames of mean over the band of |dY/dn|,

    the band being what lies near the outline, inside the frame. The figure is that of the converted clip over the
    footage's own at the same places: 1 is no seam, or as much of an edge as the footage has there.

    Source:
        Ours.
    """

    def __init__(self) -> None:
        self._footage: list[float] = []
        self._converted: list[float] = []

    def add(self, footage: Pixels, converted: Pixels, landmarks_682: FloatArray) -> None:
        """Takes in a swapped frame.

        Args:
            footage: The frame as it was.
            converted: As it was written.
            landmarks_682: Of the footage's face, frame px.
        """
        matrix_23 = frame_to_crop(landmarks_682, _CROP)
        corners_42 = crop_corners(matrix_23, _CROP.size)
        hull_SS = hull_mask(landmarks_682, matrix_23, _CROP.size, forehead_ratio=_FOREHEAD_RATIO)
        across = _gradient(hull_SS.astype(np.float32) / np.float32(255), sigma_px=_BAND_PX / 2)
        steep_SS = np.hypot(*across)
        band_SS = steep_SS > 0.15 * max(float(steep_SS.max()), 1e-9)
        inside = (corners_42 >= 0).all() and (corners_42 <= np.array(footage.shape[1::-1]) - 1).all()
        if not inside or not band_SS.any():
            return  # repeated pixels beyond the frame have no gradient of their own
        for image, kept in ((footage, self._footage), (converted, self._converted)):
            luma_SS = (cut(image, matrix_23, _CROP.size) @ LUMA_WEIGHTS).astype(np.float32)
            along_x, along_y = _gradient(luma_SS, sigma_px=_SIGMA_PX)
            change_SS = np.abs(along_x * across[0] + along_y * across[1]) / np.maximum(steep_SS, 1e-9)
            kept.append(float(change_SS[band_SS].mean()))

    @property
    def measured(self) -> Measured:
        """Converted over footage; None where nothing was measured or the footage is flat there."""
        return Measured((np.array(self._converted), np.array(self._footage)), _ratio)

    @property
    def ratio(self) -> float | None:
        """The figure alone."""
        return self.measured.figure


def _ratio(converted_N: FloatArray, footage_N: FloatArray) -> float | None:
    return None if not footage_N.size or footage_N.mean() < 1e-3 else ratio_of_means(converted_N, footage_N)


def _gradient(image_SS: NDArray[np.float32], *, sigma_px: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Derivatives in x and y, a px, after a Gaussian."""
    smooth_SS = cv2.GaussianBlur(image_SS, (0, 0), sigmaX=sigma_px)
    along_y, along_x = np.gradient(smooth_SS)
    return np.asarray(along_x, np.float32), np.asarray(along_y, np.float32)
