"""The slot for colour matching, and the weighted statistics its options share."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

_SMALLEST_WEIGHT = 1e-6


class Colour(Protocol):
    """Gives the swapped face the colours that the footage has under the same mask."""

    def match(
        self, swapped_SS3: NDArray[np.float32], footage_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The swapped face in the footage's colours, RGB in [0, 1], shape (S, S, 3).

        Args:
            swapped_SS3: What the network drew, RGB in [0, 1].
            footage_SS3: What the footage shows there, RGB in [0, 1].
            weight_SS: Share of each pixel in the statistics, [0, 1]. Soft weights keep the result from jumping when a
                mask's edge moves by a pixel. All zero: nothing to go by, and the face comes back as it is.
        """
        ...


def weighted_mean_and_std(
    image_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Mean and standard deviation of each channel under the weights, both (3,); None where all weights are zero."""
    weights_N = weight_SS.astype(np.float64).ravel()
    total = weights_N.sum()
    if total < _SMALLEST_WEIGHT:
        return None
    values_N3 = image_SS3.astype(np.float64).reshape(-1, 3)
    mean_3 = weights_N @ values_N3 / total
    variance_3 = weights_N @ np.square(values_N3 - mean_3) / total
    return mean_3, np.sqrt(variance_3)


def to_lab(image_SS3: NDArray[np.float32]) -> NDArray[np.float32]:
    """CIE Lab, L in [0, 100], of RGB in [0, 1] taken as sRGB."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image_SS3, np.float32), cv2.COLOR_RGB2Lab), np.float32)
