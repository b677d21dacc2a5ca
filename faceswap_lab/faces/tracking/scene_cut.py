"""Scene cuts: two frames in a row whose colours have little in common."""

import numpy as np

from faceswap_lab.faces.face import FloatArray
from faceswap_lab.media.pixels import Pixels, sampled

_MOST_SAMPLES = 48  # along the short side; each costs a look into memory that nothing else has touched yet
_LEVELS = 8


def colour_histogram(pixels: Pixels) -> FloatArray:
    """Shares of 8 x 8 x 8 colours among some 4,000 pixels of a frame, shape (512,), sum 1.

    Args:
        pixels: Frame, RGB, shape (H, W, 3).
    """
    step = max(1, min(pixels.shape[:2]) // _MOST_SAMPLES)
    bins = (sampled(pixels, step) >> 5).astype(np.int64) @ np.array([_LEVELS**2, _LEVELS, 1])
    counts = np.bincount(bins.ravel(), minlength=_LEVELS**3)
    return counts / counts.sum()


def histogram_change(before_512: FloatArray, after_512: FloatArray) -> float:
    """Share of the pixels that changed their colour, 0 (same) to 1 (nothing in common); half the L1 distance."""
    return float(np.abs(before_512 - after_512).sum()) / 2
