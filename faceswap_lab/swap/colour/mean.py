"""Colour matching by the mean alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.swap.colour.colour import Strength, weighted_mean_and_std


class Mean:
    """Shifts each RGB channel so that its mean under the mask is the footage's; contrast stays the network's.

    Args:
        strength: How far to go, 0 to 1.

    Raises:
        ConfigError: The strength is out of range.
    """

    under_mask = False

    def __init__(self, *, strength: float = 1.0) -> None:
        self._strength = Strength(strength)

    def match(
        self, swapped_SS3: NDArray[np.float32], footage_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Colour.match`."""
        swapped = weighted_mean_and_std(swapped_SS3, weight_SS)
        footage = weighted_mean_and_std(footage_SS3, weight_SS)
        if swapped is None or footage is None:
            return swapped_SS3
        shift_3 = (footage[0] - swapped[0]).astype(np.float32)
        return self._strength.mix(swapped_SS3, swapped_SS3 + shift_3)
