"""Colour matching by gradients: the face's own, at the level that the footage has around it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.swap.blends.harmonic import harmonic
from faceswap_lab.swap.colour.colour import Strength

_SIGMA_PX, _LEAST = 2.0, np.float32(1e-3)
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


class Seamless:
    """Takes the level of each channel from the footage all along the mask's edge, and the gradients from the face.

    That is what others call seamless cloning, without its rounding to 8 bits, and here before the details, so that
    grain and sharpness are the face's own. The whole face takes on the light around it, hair and shade included, which
    costs likeness.

    Args:
        strength: How far to go, 0 to 1.

    Raises:
        ConfigError: The strength is out of range.

    Source:
        Pérez et al. 2003, doi:10.1145/882262.882269, section 2, correction of the source. Written from the paper.
    """

    under_mask = True

    def __init__(self, *, strength: float = 1.0) -> None:
        self._strength = Strength(strength)

    def match(
        self, swapped_SS3: NDArray[np.float32], footage_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Colour.match`; the edge is the outermost pixels that count at least half."""
        inside = (weight_SS >= 0.5).astype(np.uint8)
        edge_SS = inside > cv2.erode(inside, _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
        counted_SS = inside.astype(np.float32)
        # The level is that of the edge's surroundings inside: single pixels of it would flicker with grain and mask.
        level_SS3 = cv2.GaussianBlur((footage_SS3 - swapped_SS3) * counted_SS[..., None], (0, 0), sigmaX=_SIGMA_PX)
        level_SS3 /= np.maximum(cv2.GaussianBlur(counted_SS, (0, 0), sigmaX=_SIGMA_PX), _LEAST)[..., None]
        # On to both sides, so that nothing jumps where the mask fades.
        field_SS3 = harmonic(np.asarray(level_SS3, np.float32), ~edge_SS)
        return swapped_SS3 if field_SS3 is None else self._strength.mix(swapped_SS3, swapped_SS3 + field_SS3)
