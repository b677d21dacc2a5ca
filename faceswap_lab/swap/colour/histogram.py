"""Colour matching by histograms, channel by channel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.swap.colour.colour import Strength
from faceswap_lab.swap.colour.transport import carry, weighted_pixels


class Histogram:
    """Gives each RGB channel the footage's distribution under the mask.

    Follows blown-out light and shade as well as skin, hence at less than full strength by default.

    Args:
        strength: How far to go, 0 to 1.

    Raises:
        ConfigError: The strength is out of range.

    Source:
        Histogram specification: Gonzalez and Woods, Digital Image Processing, 4th edition 2018, section 3.3; here of
        weighted pixels, without bins.
    """

    under_mask = False

    def __init__(self, *, strength: float = 0.75) -> None:
        self._strength = Strength(strength)

    def match(
        self, swapped_SS3: NDArray[np.float32], footage_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Colour.match`."""
        swapped, footage = weighted_pixels(swapped_SS3, weight_SS), weighted_pixels(footage_SS3, weight_SS)
        if not len(swapped[1]):
            return swapped_SS3
        channels = [
            carry(
                swapped_SS3[..., channel].astype(np.float64).ravel(),
                swapped[0][:, channel],
                swapped[1],
                footage[0][:, channel],
                footage[1],
            )
            for channel in range(3)
        ]
        return self._strength.mix(swapped_SS3, np.stack(channels, axis=-1).reshape(swapped_SS3.shape))
