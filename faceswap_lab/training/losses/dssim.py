"""Structural dissimilarity inside the mask."""

import math

import torch
from torch import Tensor, nn

from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.shrinking import shrink
from faceswap_lab.training.losses.term import masked_mean, split_trust

K1, K2 = 0.01, 0.03
"""Constants of the paper, for a dynamic range of 1."""


class Dssim(nn.Module):
    """Half of 1 - SSIM, averaged over windows by their share of face; in [0, 1].

    Both images are blackened outside the mask first, so that nothing out there can change the value.

    Args:
        sigma: Standard deviation of the Gaussian window, px.
        radius: Half-width of the window, px: it is ``2 * radius + 1`` wide and lies wholly inside the image.
        shrink: Both images are averaged over blocks of this side first; 2 asks a quarter of the work and looks at
            structures twice as large.

    Source:
        Wang et al. 2004, doi:10.1109/TIP.2003.819861, eq. 13, with its Gaussian window of 11 px and sigma 1.5.
    """

    _window: Tensor

    def __init__(self, *, sigma: float = 1.5, radius: int = 5, shrink: int = 1) -> None:
        super().__init__()
        self.shrink = shrink
        self.register_buffer("_window", gaussian_window(sigma, radius), persistent=False)

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        # Differences of nearly equal second moments do not survive bfloat16.
        with torch.autocast(target_B3SS.device.type, enabled=False):
            dtype = torch.promote_types(target_B3SS.dtype, torch.float32)
            mask_B1SS, trust_B111 = split_trust(mask_B1SS.to(dtype))
            restored_B3SS, target_B3SS = decoded.image_B3SS.to(dtype) * mask_B1SS, target_B3SS.to(dtype) * mask_B1SS
            images_B7SS = torch.cat([restored_B3SS, target_B3SS, mask_B1SS], dim=1).contiguous()
            images_B7SS = shrink(images_B7SS, self.shrink)
            restored_B3SS, target_B3SS, mask_B1SS = images_B7SS.split([3, 3, 1], dim=1)
            blur = blur_band(self._window, target_B3SS.shape[-1]).to(dtype)
            similarity = ssim_map(restored_B3SS, target_B3SS, blur)
            return masked_mean((1 - similarity) / 2, blur @ mask_B1SS @ blur.T * trust_B111)


def ssim_map(first_B3SS: Tensor, second_B3SS: Tensor, blur_VS: Tensor) -> Tensor:
    """SSIM of every window, shape (B, 3, V, V), in [-1, 1].

    Args:
        first_B3SS: Images in [0, 1].
        second_B3SS: Others of the same shape.
        blur_VS: Matrix whose rows hold the window at each of its V valid places. Two products with it blur an image,
            which on the processors we measured is many times faster than a depthwise convolution.
    """
    luminance, structure = ssim_parts(first_B3SS, second_B3SS, blur_VS)
    return luminance * structure


def ssim_parts(first_B3SS: Tensor, second_B3SS: Tensor, blur_VS: Tensor) -> tuple[Tensor, Tensor]:
    """The two factors of ``ssim_map``: luminance, and contrast with structure."""
    stacked = torch.stack([first_B3SS, second_B3SS, first_B3SS**2 + second_B3SS**2, first_B3SS * second_B3SS])
    mean_1, mean_2, mean_squares, mean_product = blur_VS @ stacked @ blur_VS.T
    product, squares = mean_1 * mean_2, mean_1**2 + mean_2**2
    c1, c2 = K1**2, K2**2
    luminance = (2 * product + c1) / (squares + c1)
    structure = (2 * (mean_product - product) + c2) / (mean_squares - squares + c2)
    return luminance, structure


def gaussian_window(sigma: float, radius: int) -> Tensor:
    """Float64 weights of ``2 * radius + 1`` px that sum to 1."""
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float64)
    window = torch.exp(-offsets.square() / (2 * sigma**2))
    return window / window.sum()


def blur_band(window: Tensor, size: int) -> Tensor:
    """The window at each of its valid places along ``size`` px, one a row."""
    count = size - len(window) + 1
    rows = window.new_zeros(max(count, 1), size)
    if count < 1:  # smaller than the window: one place, cut to size
        start = math.ceil(-count / 2)
        rows[0] = window[start : start + size] / window[start : start + size].sum()
        return rows
    index = torch.arange(count, device=window.device)[:, None] + torch.arange(len(window), device=window.device)
    return rows.scatter(1, index, window.expand(count, -1))
