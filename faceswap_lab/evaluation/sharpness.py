"""How much fine detail a face crop holds: the variance of its Laplacian inside the face.

Shape letters: S crop side in px. Compare only crops cut with one crop kind and size.
"""

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ShapeError

LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
CROP_SIZE_PX = 256


def sharpness(crop_SS3: NDArray[np.uint8], mask_SS: NDArray) -> float:
    """Variance of the Laplacian of the luma (0..255) inside a mask; larger is sharper, 0 is flat.

    Args:
        crop_SS3: RGB uint8 crop.
        mask_SS: Non-zero inside the face. The outermost pixel of the crop is never counted.

    Raises:
        ShapeError: The shapes do not fit or the mask is empty.

    Source:
        Pech-Pacheco et al., ICPR 2000, doi:10.1109/ICPR.2000.903548: focus measure LAPV, four-neighbour kernel.
    """
    if crop_SS3.ndim != 3 or crop_SS3.shape[2] != 3 or crop_SS3.shape[:2] != mask_SS.shape:
        raise ShapeError(f"need an RGB crop and a mask of its size, got {crop_SS3.shape} and {mask_SS.shape}")
    luma = crop_SS3 @ LUMA_WEIGHTS
    laplacian = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4.0 * luma[1:-1, 1:-1]
    inside = mask_SS[1:-1, 1:-1] > 0
    if not inside.any():
        raise ShapeError("the sharpness mask is empty")
    return float(laplacian[inside].var())
