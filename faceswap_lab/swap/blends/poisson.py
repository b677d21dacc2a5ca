"""Gradient-domain blending."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.swap.blends.alpha import Alpha
from faceswap_lab.swap.blends.harmonic import harmonic


class Poisson:
    """Keeps the swapped face's gradients and takes its level from the footage along the edge, then weighs by alpha.

    The whole face takes on the light and the colour around it, hair and shade included, which costs likeness. Works in
    float, so that deep footage stays deep, and in tens of milliseconds a face.

    The edge is where alpha is a half: what lies beyond, the rim, is the footage. The swapped face plus a harmonic field
    that makes up for its difference from the footage along that edge has the face's gradients inside: the solution of
    the guided interpolation.

    Source:
        Pérez et al. 2003, doi:10.1145/882262.882269, equation 3, in the form of section 2, correction of the source.
        Written from the paper.
    """

    def __init__(self) -> None:
        self._alpha = Alpha()

    def join(
        self, footage_HW3: NDArray[np.float32], swapped_HW3: NDArray[np.float32], alpha_HW: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Blend.join`."""
        inside_HW = alpha_HW >= 0.5
        field_HW3 = harmonic(np.asarray(footage_HW3 - swapped_HW3, np.float32), inside_HW)
        if field_HW3 is None:  # no edge that could tell a level
            return self._alpha.join(footage_HW3, swapped_HW3, alpha_HW)
        level_HW3 = np.clip(swapped_HW3 + field_HW3, 0.0, 1.0)
        return self._alpha.join(footage_HW3, np.where(inside_HW[..., None], level_HW3, footage_HW3), alpha_HW)
