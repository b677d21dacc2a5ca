"""How alike two images of one size are, pixel by pixel: SSIM and mean absolute difference, over a mask if wanted.

Shape letters: H, W image height and width in px. Images are RGB float in [0, 1].
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torchmetrics.functional.image import structural_similarity_index_measure

from faceswap_lab.core.errors import ShapeError

MIN_SIDE_PX = 11  # the Gaussian window of the SSIM is 11 px wide


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
        and 0.03, population covariance. The map is torchmetrics'.
    """
    _check_shapes(first_HW3, second_HW3)
    if min(first_HW3.shape[:2]) < MIN_SIDE_PX:
        raise ShapeError(f"SSIM needs images of at least {MIN_SIDE_PX} px a side, got {first_HW3.shape[:2]}")
    result = structural_similarity_index_measure(
        _to_tensor(first_HW3), _to_tensor(second_HW3), data_range=1.0, sigma=1.5, return_full_image=True
    )
    map_HW = result[1][0].mean(0).numpy()
    return float(map_HW[_inside(mask_HW, map_HW.shape)].mean())


def l1(first_HW3: NDArray[np.floating], second_HW3: NDArray[np.floating], mask_HW: NDArray | None = None) -> float:
    """Mean absolute difference of two RGB images in [0, 1], over a mask if one is given.

    Raises:
        ShapeError: The shapes differ or the mask is empty.
    """
    _check_shapes(first_HW3, second_HW3)
    difference_HW = np.abs(first_HW3.astype(np.float64) - second_HW3.astype(np.float64)).mean(axis=2)
    return float(difference_HW[_inside(mask_HW, difference_HW.shape)].mean())


def _to_tensor(image_HW3: NDArray) -> torch.Tensor:
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
