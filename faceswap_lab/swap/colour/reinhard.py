"""Colour matching by mean and spread in CIE Lab."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.colour.colour import Strength, lab_mean_and_std, to_lab, weighted_mean_and_std

_SMALLEST_STD = 1e-3  # Lab units, where L runs to 100; below this a channel has no spread to stretch


class Reinhard:
    """Gives each Lab channel under the mask the footage's mean and standard deviation.

    Args:
        max_stretch: Largest factor, at least 1, by which a channel's spread is changed, up or down (its inverse). An
            occluded face, a beard or blown-out light has a spread that must not be copied, and contrast is part of
            who somebody is.
        strength: How far to go, 0 to 1.

    Raises:
        ConfigError: A value is out of its range.

    Source:
        Reinhard, Ashikhmin, Gooch, Shirley, IEEE CG&A 21(5), 2001, eq. 10-11, doi:10.1109/38.946629; here in CIE Lab
        in place of their l-alpha-beta, and with the stretch bounded. Written from the paper.
    """

    under_mask = False

    def __init__(self, *, max_stretch: float = 1.2, strength: float = 1.0) -> None:
        if max_stretch < 1:
            raise ConfigError(f"colour.max_stretch is {max_stretch}; it must be at least 1 (1 moves the mean only)")
        self.max_stretch, self._strength = max_stretch, Strength(strength)

    def match(
        self, swapped_SS3: NDArray[np.float32], footage_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Colour.match`."""
        swapped_lab = to_lab(swapped_SS3)
        swapped, footage = weighted_mean_and_std(swapped_lab, weight_SS), lab_mean_and_std(footage_SS3, weight_SS)
        if swapped is None or footage is None:
            return swapped_SS3
        (swapped_mean_3, swapped_std_3), (footage_mean_3, footage_std_3) = swapped, footage
        stretch_3 = (footage_std_3 + _SMALLEST_STD) / (swapped_std_3 + _SMALLEST_STD)
        stretch_3 = np.clip(stretch_3, 1 / self.max_stretch, self.max_stretch)
        offset_3 = footage_mean_3 - swapped_mean_3 * stretch_3
        matched_lab = swapped_lab * stretch_3.astype(np.float32) + offset_3.astype(np.float32)
        matched_SS3 = np.asarray(cv2.cvtColor(matched_lab, cv2.COLOR_Lab2RGB), np.float32)
        return self._strength.mix(swapped_SS3, matched_SS3)
