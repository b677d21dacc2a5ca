"""Colours by hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError

_GREY = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


class Manual:
    """Changes the swapped face by the same amounts everywhere.

    Args:
        brightness: Added to all channels, -1 to 1.
        contrast: Factor about middle grey, 0 to 4.
        saturation: Factor about each pixel's own grey, 0 to 4.
        warmth: Added to red and taken from blue, -1 to 1.
        gamma: Exponent of the inverse, 0.1 to 10: above 1 lifts the shadows.

    Raises:
        ConfigError: A value is out of its range.
    """

    under_mask = False

    def __init__(
        self,
        *,
        brightness: float = 0.0,
        contrast: float = 1.0,
        saturation: float = 1.0,
        warmth: float = 0.0,
        gamma: float = 1.0,
    ) -> None:
        for name, value, least, most in (
            ("brightness", brightness, -1, 1),
            ("contrast", contrast, 0, 4),
            ("saturation", saturation, 0, 4),
            ("warmth", warmth, -1, 1),
            ("gamma", gamma, 0.1, 10),
        ):
            if not least <= value <= most:
                raise ConfigError(f"colour.{name}={value} is out of range; use {least:g} to {most:g}")
        self.brightness, self.contrast, self.saturation, self.warmth = brightness, contrast, saturation, warmth
        self.gamma = gamma

    def match(
        self, swapped_SS3: NDArray[np.float32], footage_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Colour.match`; the footage is not looked at."""
        lifted_SS3 = np.power(np.clip(swapped_SS3, 0.0, 1.0), np.float32(1 / self.gamma))
        grey_SS1 = (lifted_SS3 @ _GREY)[..., None]
        coloured_SS3 = grey_SS1 + np.float32(self.saturation) * (lifted_SS3 - grey_SS1)
        coloured_SS3 = (coloured_SS3 - np.float32(0.5)) * np.float32(self.contrast) + np.float32(0.5 + self.brightness)
        coloured_SS3 += np.array([self.warmth, 0.0, -self.warmth], np.float32)
        return np.asarray(np.clip(coloured_SS3, 0.0, 1.0), np.float32)
