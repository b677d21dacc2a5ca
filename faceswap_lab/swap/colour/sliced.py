"""Colour matching of whole distributions, along one axis after another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import special_ortho_group

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.seeding import generator
from faceswap_lab.swap.colour.colour import Strength
from faceswap_lab.swap.colour.transport import FloatArray, carry, weighted_pixels

_SEED = 11  # of the axes: the same in every frame, or colours would flicker


class Sliced:
    """Carries the distribution of RGB colours under the mask onto the footage's, along random axes in turn.

    Args:
        steps: How many turns of three axes, 1 to 100.
        relaxation: How far each turn goes, above 0 to 1. 1 is the iterative distribution transfer (idt); less averages
            many axes (sot), which is smoother.
        strength: How far the result is taken, 0 to 1.

    Raises:
        ConfigError: A value is out of range.

    Source:
        Pitié, Kokaram and Dahyot 2005, doi:10.1109/ICCV.2005.166; with relaxation, the sliced transport of Rabin et al.
        2011, doi:10.1007/978-3-642-24785-9_37, by stochastic steps.
    """

    under_mask = False

    def __init__(self, *, steps: int = 10, relaxation: float = 1.0, strength: float = 1.0) -> None:
        if not 1 <= steps <= 100 or not 0 < relaxation <= 1:
            raise ConfigError(
                f"colour.steps={steps} must be from 1 to 100, relaxation={relaxation} above 0 and at most 1"
            )
        self._relaxation, self._strength = relaxation, Strength(strength)
        turns = special_ortho_group.rvs(3, size=steps, random_state=generator(_SEED))
        self._turns_K33 = np.asarray(turns, np.float64).reshape(steps, 3, 3)

    def match(
        self, swapped_SS3: NDArray[np.float32], footage_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Colour.match`."""
        swapped, footage = weighted_pixels(swapped_SS3, weight_SS), weighted_pixels(footage_SS3, weight_SS)
        if not len(swapped[1]):
            return swapped_SS3
        everywhere_N3 = swapped_SS3.reshape(-1, 3).astype(np.float64)
        counted_N3 = swapped[0]
        for turn_33 in self._turns_K33:
            goals_M3 = footage[0] @ turn_33.T
            moved = [
                _along(values_N3 @ turn_33.T, counted_N3 @ turn_33.T, swapped[1], goals_M3, footage[1])
                for values_N3 in (everywhere_N3, counted_N3)
            ]
            everywhere_N3 = everywhere_N3 + self._relaxation * (moved[0] @ turn_33 - everywhere_N3)
            counted_N3 = counted_N3 + self._relaxation * (moved[1] @ turn_33 - counted_N3)
        return self._strength.mix(swapped_SS3, everywhere_N3.reshape(swapped_SS3.shape))


def _along(
    values_N3: FloatArray, from_N3: FloatArray, from_weights_N: FloatArray, to_M3: FloatArray, to_weights_M: FloatArray
) -> FloatArray:
    axes = [carry(values_N3[:, k], from_N3[:, k], from_weights_N, to_M3[:, k], to_weights_M) for k in range(3)]
    return np.stack(axes, axis=-1)
