"""Absolute difference inside the mask."""

import torch
from torch import Tensor, nn

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.shrinking import shrink
from faceswap_lab.training.losses.term import masked_mean, mean_over_processes


class MaskedL1(nn.Module):
    """Mean absolute difference of the RGB values, in [0, 1].

    Args:
        outside: Weight of a pixel outside the mask, in [0, 1]. A little keeps the rim of the face, which blending
            shows, from drifting; 0 ignores it.
        shrink: Both images, weighted, are averaged over blocks of this side first, so that detail finer than a block
            is not compared; 1 compares pixels.

    Raises:
        ConfigError: ``shrink`` is below 1.
    """

    def __init__(self, *, outside: float = 0.0, shrink: int = 1) -> None:
        super().__init__()
        if shrink < 1:
            raise ConfigError(f"loss.terms.l1.shrink={shrink} must be 1 or more")
        self.outside, self.shrink = outside, shrink

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        weights_B1SS = self.outside + (1 - self.outside) * mask_B1SS
        error_B3SS = decoded.image_B3SS - target_B3SS
        if self.shrink == 1:
            return masked_mean(error_B3SS.abs(), weights_B1SS)
        blocks_B4VV = shrink(torch.cat([error_B3SS * weights_B1SS, weights_B1SS], dim=1).contiguous(), self.shrink)
        errors_B3VV, weights_B1VV = blocks_B4VV.split([3, 1], dim=1)
        return errors_B3VV.abs().sum() / (3 * mean_over_processes(weights_B1VV.sum())).clamp_min(1e-6)
