"""How far the predicted mask is from the landmarks' hull, over the whole crop."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Decoded


class MaskL1(nn.Module):
    """Mean absolute difference of the masks.

    Raises:
        ConfigError: The decoder draws no mask.
    """

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        return (_drawn_mask(decoded) - mask_B1SS).abs().mean()


class MaskL2(nn.Module):
    """Mean squared difference of the masks.

    Raises:
        ConfigError: The decoder draws no mask.
    """

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        return (_drawn_mask(decoded) - mask_B1SS).square().mean()


class MaskBce(nn.Module):
    """Mean binary cross-entropy of the masks, less the real mask's own entropy, so that equality costs nothing.

    Raises:
        ConfigError: The decoder draws no mask.
    """

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        # Logarithms do not survive bfloat16, and autocast refuses them.
        with torch.autocast(target_B3SS.device.type, enabled=False):
            dtype = torch.promote_types(mask_B1SS.dtype, torch.float32)
            drawn, real = _drawn_mask(decoded).to(dtype), mask_B1SS.to(dtype)
            return F.binary_cross_entropy(drawn, real) - F.binary_cross_entropy(real, real)


def _drawn_mask(decoded: Decoded) -> Tensor:
    if decoded.mask_B1SS is None:
        raise ConfigError("loss.terms.mask needs a decoder with a mask head; choose such a decoder or drop the term")
    return decoded.mask_B1SS
