"""Averaging images over blocks, as two matrix products: on a CPU several times faster than pooling layers."""

import torch
from torch import Tensor


def shrink(images_BCSS: Tensor, factor: int) -> Tensor:
    """Means over blocks of ``factor`` x ``factor`` px, shape (B, C, S // factor, S // factor), not in mixed precision.

    Args:
        images_BCSS: Square images or masks.
        factor: Side of a block, px; 1 changes nothing. What fills no whole block at the right and the bottom is left
            out.
    """
    if factor == 1:
        return images_BCSS
    means = _block_means(images_BCSS.shape[-1], factor, like=images_BCSS)
    with torch.autocast(images_BCSS.device.type, enabled=False):
        return means @ images_BCSS @ means.T


def _block_means(size: int, block: int, *, like: Tensor) -> Tensor:
    """Matrix whose rows average blocks of neighbours."""
    count = size // block
    rows = like.new_zeros(count, size)
    index = torch.arange(count * block, device=like.device).view(count, block)
    return rows.scatter(1, index, 1.0 / block)
