"""How loud the difference of two images is, in decibels.

Shape letters: H, W image height and width in px.
"""

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ShapeError

MOST_DB = 100.0
"""What equal images get, so that figures stay finite; 8-bit images that differ in one step everywhere have 48.13."""


def psnr(first_HW3: NDArray, second_HW3: NDArray, mask_HW: NDArray | None = None, *, peak: float = 1.0) -> float:
    """Peak signal-to-noise ratio in dB, 0 to 100; the higher, the more alike.

    Formula: ``10 log10(peak^2 / mean((a - b)^2))`` over the pixels inside the mask and all three colours.

    Args:
        first_HW3: RGB image.
        second_HW3: RGB image of the same shape and range.
        mask_HW: Pixels that count (true or non-zero); all if left out.
        peak: Largest value that a colour can have: 1 for floats, 255 for bytes.

    Raises:
        ShapeError: The shapes differ or the mask is empty.

    Source:
        ITU-T J.247, section on PSNR.
    """
    if first_HW3.shape != second_HW3.shape or first_HW3.ndim != 3:
        raise ShapeError(f"need two RGB images of equal shape, got {first_HW3.shape} and {second_HW3.shape}")
    if mask_HW is not None and (mask_HW.shape != first_HW3.shape[:2] or not mask_HW.any()):
        raise ShapeError(f"need a mask of shape {first_HW3.shape[:2]} with something inside it, got {mask_HW.shape}")
    difference = np.subtract(first_HW3, second_HW3, dtype=np.float32)
    squares_HW = np.square(difference).mean(axis=2, dtype=np.float64)
    error = float(squares_HW.mean() if mask_HW is None else squares_HW[mask_HW.astype(bool)].mean())
    return MOST_DB if error == 0.0 else float(np.clip(10.0 * np.log10(peak**2 / error), 0.0, MOST_DB))
