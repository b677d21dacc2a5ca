"""Blending by bands of detail: coarse differences fade over wide seams, fine ones over narrow ones."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError

_SMALLEST = 8  # px; no level is smaller


class Pyramid:
    """Weighs each band of a Laplacian pyramid by alpha, blurred as the band is.

    Args:
        levels: Bands besides the coarsest, 1 to 8; fewer where the patch is small.

    Raises:
        ConfigError: Levels are out of range.

    Source:
        Burt and Adelson 1983, ACM TOG 2(4), doi:10.1145/245.247.
    """

    def __init__(self, *, levels: int = 4) -> None:
        if not 1 <= levels <= 8:
            raise ConfigError(f"blend.levels={levels} must be from 1 to 8")
        self.levels = levels

    def join(
        self, footage_HW3: NDArray[np.float32], swapped_HW3: NDArray[np.float32], alpha_HW: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Blend.join`; nothing outside alpha changes, so what a wide seam would add there is cut off."""
        difference_HW3 = np.asarray(swapped_HW3 - footage_HW3, np.float32)
        change, alpha = difference_HW3, np.asarray(alpha_HW, np.float32)
        bands: list[NDArray[np.float32]] = []
        for _ in range(self.levels):
            height, width = alpha.shape
            if min(height, width) < 2 * _SMALLEST:
                break
            smaller = np.asarray(cv2.pyrDown(change), np.float32)
            finer = change - _enlarged(smaller, (width, height))
            bands.append(finer * alpha[..., None])
            change, alpha = smaller, np.asarray(cv2.pyrDown(alpha), np.float32)
        joined = change * alpha[..., None]
        for band in reversed(bands):
            joined = _enlarged(joined, (band.shape[1], band.shape[0])) + band
        # Full where alpha begins to be more than a trace, so that no edge is cut into the coarse bands' fading.
        inside_HW1 = np.minimum(alpha_HW * np.float32(8), np.float32(1))[..., None]
        return np.asarray(np.clip(footage_HW3 + joined * inside_HW1, 0.0, 1.0), np.float32)


def _enlarged(image: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.pyrUp(image, dstsize=size), np.float32)
