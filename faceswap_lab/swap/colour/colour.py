"""The slot for colour matching, and the weighted statistics its options share."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError

_SMALLEST_WEIGHT = 1e-6


class Colour(Protocol):
    """Gives the swapped face the colours that the footage has under the same mask.

    Attributes:
        under_mask: Whether weights are wanted everywhere under the mask, and not on nose and cheeks alone.
    """

    under_mask: bool

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
    counted_SS = weight_SS > 0  # nose and cheeks: a fifth of the crop
    weights_N = weight_SS[counted_SS].astype(np.float64)
    total = weights_N.sum()
    if total < _SMALLEST_WEIGHT:
        return None
    values_N3 = image_SS3[counted_SS].astype(np.float64)
    mean_3 = weights_N @ values_N3 / total
    variance_3 = weights_N @ np.square(values_N3 - mean_3) / total
    return mean_3, np.sqrt(variance_3)


def lab_mean_and_std(
    image_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """`weighted_mean_and_std` in CIE Lab of RGB in [0, 1]; converts no pixel that does not count."""
    counted_SS = weight_SS > 0
    if not counted_SS.any():
        return None
    return weighted_mean_and_std(to_lab(image_SS3[counted_SS][None]), weight_SS[counted_SS][None])


def to_lab(image_SS3: NDArray[np.float32]) -> NDArray[np.float32]:
    """CIE Lab, L in [0, 100], of RGB in [0, 1] taken as sRGB."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image_SS3, np.float32), cv2.COLOR_RGB2Lab), np.float32)


class Strength:
    """How far a match goes: 0 leaves the network's colours, 1 takes the match.

    Args:
        strength: From 0 to 1.

    Raises:
        ConfigError: It is out of range.
    """

    def __init__(self, strength: float) -> None:
        if not 0 <= strength <= 1:
            raise ConfigError(f"colour.strength={strength} must lie from 0 to 1")
        self._strength = strength

    def mix(self, swapped_SS3: NDArray[np.float32], matched_SS3: NDArray[np.floating]) -> NDArray[np.float32]:
        """The swapped face on its way to the matched one, in [0, 1]; the latter is written over."""
        if self._strength < 1:
            matched_SS3 -= swapped_SS3
            matched_SS3 *= self._strength
            matched_SS3 += swapped_SS3
        np.clip(matched_SS3, 0.0, 1.0, out=matched_SS3)
        return np.asarray(matched_SS3, np.float32)
