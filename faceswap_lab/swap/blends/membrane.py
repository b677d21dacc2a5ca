"""Alpha blending of a face whose rim first takes on the footage's colours."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.blends.alpha import Alpha
from faceswap_lab.swap.depth import in_rgb

_SMALL = 64  # px; side at which the smooth field is computed: it holds nothing finer
_LEAST = np.float32(1e-4)
_BLACK = np.float32(0.05)  # added to both sides of a ratio: near black it would be noise


class Membrane:
    """Lights the swapped face along its rim as the footage is lit there, fading inwards, then blends by alpha.

    One colour for a whole face cannot meet a cheek in the light, a shaded jaw and a beard at once. Here the ratio of
    the two is measured all along the rim, where alpha goes from 0 to 1, and carried inwards by a wide kernel whose
    weight falls with the distance from the rim: eyes, nose and mouth keep their colours, and hardly a seam is left.

    Args:
        reach_ratio: How far it is carried (sigma), in sides of the patch, above 0 and up to 0.5.
        strength: Share of the ratio at the rim that is made up for, 0 (plain alpha) to 1.
        max_gain: Largest factor, at least 1, up or down (its inverse): hair beside a cheek must not blacken it.

    Raises:
        ConfigError: A value is out of its range.

    Source:
        Membrane interpolation of the boundary's mismatch as in Pérez et al. 2003, doi:10.1145/882262.882269, section
        2; here by normalised convolution (Knutsson and Westin 1993, doi:10.1109/CVPR.1993.341081) instead of a Laplace
        equation, and fading. Written from the papers.
    """

    def __init__(self, *, reach_ratio: float = 0.05, strength: float = 0.5, max_gain: float = 1.25) -> None:
        if not 0 < reach_ratio <= 0.5:
            raise ConfigError(f"blend.reach_ratio is {reach_ratio}; it must be above 0 and at most 0.5 patch sides")
        if not 0 <= strength <= 1:
            raise ConfigError(f"blend.strength is {strength}; it must lie from 0 to 1")
        if max_gain < 1:
            raise ConfigError(f"blend.max_gain is {max_gain}; it must be at least 1")
        self.reach_ratio, self.strength, self.max_gain = reach_ratio, strength, max_gain
        self._alpha = Alpha()

    def join(
        self, footage_HW3: NDArray[np.float32], swapped_HW3: NDArray[np.float32], alpha_HW: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Blend.join`."""
        height, width = alpha_HW.shape
        scale = _SMALL / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        rim_HW = 4 * alpha_HW * (1 - alpha_HW)
        limit = float(np.log(self.max_gain))
        # In place wherever it can be: memory that is taken anew costs more than what is reckoned in it.
        lit_HW3, ratio_HW3 = swapped_HW3 + _BLACK, footage_HW3 + _BLACK
        ratio_HW3 /= lit_HW3
        np.log(ratio_HW3, out=ratio_HW3)
        np.clip(ratio_HW3, -limit, limit, out=ratio_HW3)
        ratio_HW3 *= in_rgb(rim_HW)
        ratio_small, rim_small = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (ratio_HW3, rim_HW))
        small = cv2.merge([*cv2.split(ratio_small), rim_small])
        small = cv2.GaussianBlur(small, (0, 0), sigmaX=self.reach_ratio * _SMALL, borderType=cv2.BORDER_CONSTANT)
        near = small[..., 3]
        on_rim = float(near.max())
        if on_rim < _LEAST:
            return self._alpha.join(footage_HW3, swapped_HW3, alpha_HW)
        ratio = small[..., :3] / np.maximum(near, _LEAST)[..., None]
        fading = np.minimum(near / (0.5 * on_rim), 1.0)[..., None]
        field = np.asarray(self.strength * fading * ratio, np.float32)
        field_HW3 = np.asarray(cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
        lit_HW3 *= np.exp(field_HW3, out=field_HW3)
        lit_HW3 -= _BLACK
        np.clip(lit_HW3, 0.0, 1.0, out=lit_HW3)
        return self._alpha.join(footage_HW3, lit_HW3, alpha_HW)
