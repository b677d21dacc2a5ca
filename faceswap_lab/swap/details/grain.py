"""The footage's grain on the swapped face, which networks draw smooth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.details.detail import DetailInput

_LAPLACE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_SPREAD = 6.0  # spread of this kernel's answer to white noise of spread 1: the root of its squares' sum
_GAUSS = 1.4826  # from the median of absolute values to the spread of a normal distribution


class Grain:
    """Adds luma noise of the footage's own strength, anew in each frame, less what the face has already.

    The strength is told by the median of a second difference, which edges and texture hardly move; on soft footage it
    is near zero and nothing is added.

    Args:
        strength: Share of the footage's grain, 0 to 2.

    Raises:
        ConfigError: The strength is out of range.

    Source:
        Immerkaer 1996, doi:10.1006/cviu.1996.0060, with the median in place of the mean. Written from the paper.
    """

    def __init__(self, *, strength: float = 1.0) -> None:
        if not 0 <= strength <= 2:
            raise ConfigError(f"detail.grain.strength={strength} must lie from 0 to 2")
        self.strength = strength

    def apply(self, face_HW3: NDArray[np.float32], given: DetailInput) -> NDArray[np.float32]:
        """See `Detail.apply`."""
        inside_HW = given.mask_HW > 0.5
        if not inside_HW.any():
            return face_HW3
        own, wanted = noise_of(face_HW3, inside_HW), noise_of(given.footage_HW3, inside_HW)
        missing = self.strength * float(np.sqrt(max(wanted**2 - own**2, 0.0)))
        drawn_HW = np.random.default_rng(given.seed).standard_normal(inside_HW.shape, np.float32)
        return np.asarray(np.clip(face_HW3 + np.float32(missing) * drawn_HW[..., None], 0.0, 1.0), np.float32)


def noise_of(image_HW3: NDArray[np.float32], inside_HW: NDArray[np.bool_]) -> float:
    """Spread of the luma's noise, in [0, 1]."""
    luma_HW = cv2.cvtColor(np.ascontiguousarray(image_HW3), cv2.COLOR_RGB2GRAY)
    answer_HW = np.abs(cv2.filter2D(luma_HW, cv2.CV_32F, _LAPLACE, borderType=cv2.BORDER_REPLICATE))
    return float(np.median(answer_HW[inside_HW])) * _GAUSS / _SPREAD
