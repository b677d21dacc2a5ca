"""Keeps colour match and mask of a track from flickering: each frame goes only part of the way to its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError

_JUMP = 0.06  # RGB in [0, 1]: a lamp that goes on, a shadow that is entered; followed at once
_SMALLEST_WEIGHT = 1e-6


class Steady:
    """How much of the frame before stays.

    Where the footage's light really changes, the further it jumps the less is kept, so that nothing trails behind.

    Args:
        colour: Share of the frame before in what the colour match adds, 0 (none) to below 1.
        mask: Share of the frame before in the mask, in the crop, which moves along with the face.

    Raises:
        ConfigError: A share is out of range.
    """

    def __init__(self, *, colour: float = 0.0, mask: float = 0.0) -> None:
        for name, share in (("colour", colour), ("mask", mask)):
            if not 0 <= share < 1:
                raise ConfigError(f"steady.{name}={share} must lie from 0 to below 1")
        self.colour, self.mask = colour, mask

    def shift(self, now_3: NDArray[np.float64], before_3: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """The mean that the match adds, steadied; RGB in [-1, 1]."""
        if before_3 is None or self.colour == 0:
            return now_3
        jump = float(np.abs(now_3 - before_3).max()) / _JUMP
        return now_3 + self.colour * max(0.0, 1 - jump) * (before_3 - now_3)

    def blend_mask(self, now_SS: NDArray[np.float32], before_SS: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """The mask, steadied; where something comes before the face or leaves it, the mask follows at once."""
        if before_SS is None or self.mask == 0 or before_SS.shape != now_SS.shape:
            return now_SS
        difference_SS = before_SS - now_SS
        kept_SS = self.mask * np.maximum(np.float32(0), 1 - 2 * np.abs(difference_SS))
        return np.asarray(now_SS + kept_SS * difference_SS, np.float32)


def mean_shift(
    swapped_SS3: NDArray[np.float32], matched_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]
) -> NDArray[np.float64] | None:
    """Mean that a colour match added under the weights, shape (3,); None where all weights are zero."""
    counted_SS = weight_SS > 0
    weights_N = weight_SS[counted_SS].astype(np.float64)
    if weights_N.sum() < _SMALLEST_WEIGHT:
        return None
    return weights_N @ (matched_SS3[counted_SS] - swapped_SS3[counted_SS]) / weights_N.sum()
