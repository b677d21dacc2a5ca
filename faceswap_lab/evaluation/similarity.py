"""How alike two images of one size are, pixel by pixel: SSIM and mean absolute difference, over a mask if wanted.

Shape letters: H, W image height and width in px. Images are RGB float in [0, 1].
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from faceswap_lab.core.errors import ShapeError

WINDOW_PX = 11
"""Side of the Gaussian window of the SSIM."""

_SIGMA_PX = 1.5


def ssim(first_HW3: NDArray[np.floating], second_HW3: NDArray[np.floating], mask_HW: NDArray | None = None) -> float:
    """Structural similarity in [-1, 1], 1 for equal images.

    Args:
        first_HW3: RGB image in [0, 1], at least 11 px a side.
        second_HW3: RGB image in [0, 1] of the same shape.
        mask_HW: Where to average the SSIM map (true or non-zero = yes); everywhere if left out. The windows at the
            mask's edge reach 5 px beyond it.

    Raises:
        ShapeError: The shapes differ, an image is too small, or the mask is empty.

    Source:
        Wang et al., IEEE TIP 13(4), 2004, eq. 13, doi:10.1109/TIP.2003.819861: Gaussian window, sigma 1.5 px, K 0.01
        and 0.03, population covariance.
    """
    _check_shapes(first_HW3, second_HW3)
    if min(first_HW3.shape[:2]) < WINDOW_PX:
        raise ShapeError(f"SSIM needs images of at least {WINDOW_PX} px a side, got {first_HW3.shape[:2]}")
    structure, light = similarity_maps(_to_tensor(first_HW3), _to_tensor(second_HW3))
    map_HW = (structure * light)[0].mean(0).numpy()
    return float(map_HW[_inside(mask_HW, map_HW.shape)].mean())


def similarity_maps(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Contrast-structure and luminance of the SSIM at every pixel, shape (1, 3, H, W); the border is mirrored.

    The window is applied along rows and then along columns: the same numbers in a fifth of the multiplications.
    """
    places = torch.arange(WINDOW_PX, dtype=first.dtype) - WINDOW_PX // 2
    bell = torch.exp(-places.square() / (2 * _SIGMA_PX**2))
    bell = bell / bell.sum()

    def smooth(image: Tensor) -> Tensor:
        reach = WINDOW_PX // 2
        padded = F.pad(image, [reach] * 4, mode="reflect").flatten(0, 1).unsqueeze(1)
        return F.conv2d(F.conv2d(padded, bell.view(1, 1, 1, -1)), bell.view(1, 1, -1, 1)).view_as(image)

    mean_a, mean_b = smooth(first), smooth(second)
    variance_a, variance_b = smooth(first**2) - mean_a**2, smooth(second**2) - mean_b**2
    covariance = smooth(first * second) - mean_a * mean_b
    structure = (2 * covariance + 0.03**2) / (variance_a + variance_b + 0.03**2)
    return structure, (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)


def l1(first_HW3: NDArray[np.floating], second_HW3: NDArray[np.floating], mask_HW: NDArray | None = None) -> float:
    """Mean absolute difference of two RGB images in [0, 1], over a mask if one is given.

    Raises:
        ShapeError: The shapes differ or the mask is empty.
    """
    _check_shapes(first_HW3, second_HW3)
    difference_HW = np.abs(first_HW3.astype(np.float64) - second_HW3.astype(np.float64)).mean(axis=2)
    return float(difference_HW[_inside(mask_HW, difference_HW.shape)].mean())


def _to_tensor(image_HW3: NDArray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image_HW3, dtype=np.float64)).permute(2, 0, 1).unsqueeze(0)


def _check_shapes(first_HW3: NDArray, second_HW3: NDArray) -> None:
    if first_HW3.shape != second_HW3.shape or first_HW3.ndim != 3 or first_HW3.shape[2] != 3:
        raise ShapeError(f"need two RGB images of equal shape, got {first_HW3.shape} and {second_HW3.shape}")


def _inside(mask_HW: NDArray | None, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    if mask_HW is None:
        return np.ones(shape, dtype=bool)
    if mask_HW.shape != shape or not mask_HW.any():
        raise ShapeError(f"need a mask of shape {shape} with something inside it, got {mask_HW.shape}")
    return mask_HW.astype(bool)
