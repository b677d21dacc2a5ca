"""Colour matching that turns one skin into the other and leaves what is neutral neutral."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.colour.colour import Strength, lab_mean_and_std, to_lab, weighted_mean_and_std

_FAINT = 10.0  # chroma, Lab units: skin as grey as that has hardly a hue to turn from
_DARK = 0.5  # of the mean lightness: from there down a shift of the chroma fades, to none in black
_SMALLEST_STD = 1e-3  # Lab units; below this the lightness has no spread to stretch


class SkinTone:
    """Takes lightness by mean and spread, and hue and chroma by turning and scaling the a-b plane about grey.

    Shifting every colour as far as skin has to move, as Reinhard's method does, paints teeth, whites of eyes, lips in
    shade and spectacle frames in the complement of what is taken from the skin. Under a turn and a scale about grey
    the skins' means meet as exactly, grey stays grey, and lips stay redder than skin by as much in proportion. What
    the largest scale cannot do, as where grey skin is to get a colour, a shift does, and it spares the dark.

    Args:
        max_stretch: Largest factor, at least 1, by which the lightness's spread is changed, up or down (its inverse). 1
            leaves it: contrast is part of who somebody is, and what is flattened is less sharp as well.
        max_gain: Largest factor, at least 1, by which chroma is scaled up. Down there is no limit: grey footage takes
            grey faces.
        strength: How far to go, 0 to 1.

    Raises:
        ConfigError: A value is out of its range.

    Source:
        Ours. Lightness: Reinhard et al., IEEE CG&A 21(5), 2001, eq. 10-11, doi:10.1109/38.946629.
    """

    under_mask = False

    def __init__(self, *, max_stretch: float = 1.0, max_gain: float = 1.3, strength: float = 1.0) -> None:
        for name, value in (("max_stretch", max_stretch), ("max_gain", max_gain)):
            if value < 1:
                raise ConfigError(f"colour.{name} is {value}; it must be at least 1 (1 adds none)")
        self.max_stretch, self.max_gain, self._strength = max_stretch, max_gain, Strength(strength)

    def match(
        self, swapped_SS3: NDArray[np.float32], footage_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Colour.match`."""
        swapped_lab = to_lab(swapped_SS3)
        swapped, footage = weighted_mean_and_std(swapped_lab, weight_SS), lab_mean_and_std(footage_SS3, weight_SS)
        if swapped is None or footage is None:
            return swapped_SS3
        (swapped_mean_3, swapped_std_3), (footage_mean_3, footage_std_3) = swapped, footage
        stretch = (footage_std_3[0] + _SMALLEST_STD) / (swapped_std_3[0] + _SMALLEST_STD)
        stretch = float(np.clip(stretch, 1 / self.max_stretch, self.max_stretch))
        gain, shift = self._turn(complex(*swapped_mean_3[1:]), complex(*footage_mean_3[1:]))
        match_34 = np.array(
            [
                [stretch, 0, 0, footage_mean_3[0] - stretch * swapped_mean_3[0]],
                [0, gain.real, -gain.imag, 0],
                [0, gain.imag, gain.real, 0],
            ]
        )
        matched_lab = np.asarray(cv2.transform(swapped_lab, match_34), np.float32)
        lit_SS = cv2.extractChannel(swapped_lab, 0) / np.float32(_DARK * swapped_mean_3[0] + _SMALLEST_STD)
        np.clip(lit_SS, 0.0, 1.0, out=lit_SS)
        shifts = (np.float32(shift.real) * lit_SS, np.float32(shift.imag) * lit_SS)
        matched_lab += cv2.merge([np.zeros_like(lit_SS), *shifts])
        matched_SS3 = np.asarray(cv2.cvtColor(matched_lab, cv2.COLOR_Lab2RGB), np.float32)
        return self._strength.mix(swapped_SS3, matched_SS3)

    def _turn(self, swapped: complex, footage: complex) -> tuple[complex, complex]:
        """Factor and shift that carry one skin's a + bi to the other's, by the factor as far as it may go."""
        power = abs(swapped) ** 2
        gain = 1 + (footage - swapped) * swapped.conjugate() / (power + _FAINT**2)
        gain *= min(1.0, self.max_gain / max(abs(gain), 1e-9))
        return gain, footage - gain * swapped
