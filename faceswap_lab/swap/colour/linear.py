"""Colour matching by one linear map of RGB, so that mean and covariance become the footage's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.colour.colour import Strength
from faceswap_lab.swap.colour.transport import mean_and_covariance, square_root, weighted_pixels

MAPS = ("monge", "symmetric")


class Linear:
    """Gives the colours under the mask the footage's mean and covariance.

    Any rotation between the two ellipsoids of colours would do; ``monge`` moves colours least, ``symmetric`` goes by
    way of white colours.

    Args:
        map: ``monge`` (mkl) or ``symmetric`` (lct).
        strength: How far to go, 0 to 1.

    Raises:
        ConfigError: There is no such map, or the strength is out of range.

    Source:
        Pitié and Kokaram 2007, doi:10.1049/cp:20070055, sections 3.3 (symmetric) and 4 (Monge-Kantorovich).
    """

    under_mask = False

    def __init__(self, *, map: str = "monge", strength: float = 1.0) -> None:
        if map not in MAPS:
            raise ConfigError(f"colour.map={map}: choose one of {', '.join(MAPS)}")
        self.map, self._strength = map, Strength(strength)

    def match(
        self, swapped_SS3: NDArray[np.float32], footage_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Colour.match`."""
        swapped, footage = weighted_pixels(swapped_SS3, weight_SS), weighted_pixels(footage_SS3, weight_SS)
        if not len(swapped[1]):
            return swapped_SS3
        (mean_3, from_33), (wanted_3, to_33) = mean_and_covariance(*swapped), mean_and_covariance(*footage)
        root_33 = square_root(from_33)
        unroot_33 = np.linalg.inv(root_33)
        if self.map == "monge":
            carried_33 = unroot_33 @ square_root(root_33 @ to_33 @ root_33) @ unroot_33
        else:
            carried_33 = square_root(to_33) @ unroot_33
        matched_SS3 = (swapped_SS3 - mean_3) @ carried_33.T + wanted_3
        return self._strength.mix(swapped_SS3, matched_SS3)
