"""Alpha blending as light mixes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_KNEE, _KNEE_LINEAR = 0.04045, 0.0031308


class LinearLight:
    """Weighs swapped face and footage by alpha in linear light, so that half of each is half the photons.

    Source:
        Transfer function: IEC 61966-2-1 (sRGB).
    """

    def join(
        self, footage_HW3: NDArray[np.float32], swapped_HW3: NDArray[np.float32], alpha_HW: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Blend.join`."""
        footage, swapped = to_linear(footage_HW3), to_linear(swapped_HW3)
        light_HW3 = np.asarray(footage + alpha_HW[..., None] * (swapped - footage), np.float32)
        joined_HW3 = from_linear(light_HW3)
        return np.where(alpha_HW[..., None] == 0, footage_HW3, joined_HW3)


def to_linear(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear light of sRGB values, both in [0, 1]."""
    bright = np.power((np.maximum(colours, _KNEE) + np.float32(0.055)) / np.float32(1.055), np.float32(2.4))
    return np.where(colours <= _KNEE, colours / np.float32(12.92), bright).astype(np.float32)


def from_linear(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """sRGB values of linear light, both in [0, 1]."""
    bright = np.float32(1.055) * np.power(np.maximum(light, _KNEE_LINEAR), np.float32(1 / 2.4)) - np.float32(0.055)
    return np.where(light <= _KNEE_LINEAR, light * np.float32(12.92), bright).astype(np.float32)
