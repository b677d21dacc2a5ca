"""How much fine detail there is at each place of the face: what a mean face lacks, and what L1 does not miss."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.term import masked_mean, split_trust

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_FLOOR = 2e-3  # luma in [0, 1]: half a step of 8 bits; below it there is no detail to speak of


class DetailEnergy(nn.Module):
    """Mean absolute difference of the local strength (RMS) of the Laplacian of the luma, inside the mask.

    Pores, stubble and lashes lie at another place in every frame, so a network under L1 averages them away. This term
    compares how strong such detail is around each place, not where each hair is, as texture synthesis does.

    Args:
        window: Side of the square over which the strength is taken, px, at least 3.
        stride: Distance of these squares, px, at least 1.

    Raises:
        ConfigError: A size is out of its range.

    Source:
        Local energy of a band-pass filter as texture statistic: Portilla and Simoncelli 2000,
        doi:10.1023/A:1026553619983, section 2.2; here of one band, the Laplacian, and compared by L1.
    """

    _luma: Tensor

    def __init__(self, *, window: int = 15, stride: int = 8) -> None:
        super().__init__()
        if window < 3 or stride < 1:
            raise ConfigError(f"loss.terms.detail: window={window} must be at least 3 and stride={stride} at least 1")
        self.window, self.stride = window, stride
        self.register_buffer("_luma", torch.tensor(_LUMA).view(1, 3, 1, 1), persistent=False)

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        # Squares of small numbers do not survive bfloat16.
        with torch.autocast(target_B3SS.device.type, enabled=False):
            dtype = torch.promote_types(target_B3SS.dtype, torch.float32)
            share_B1SS, trust_B111 = split_trust(mask_B1SS.to(dtype))
            inside_B1VV = _inside(share_B1SS)
            drawn = self._strength(decoded.image_B3SS.to(dtype), inside_B1VV)
            real = self._strength(target_B3SS.to(dtype), inside_B1VV)
            return masked_mean((drawn - real).abs(), self._pool(inside_B1VV) * trust_B111)

    def _strength(self, images_B3SS: Tensor, inside_B1VV: Tensor) -> Tensor:
        luma_B1SS = (images_B3SS * self._luma.to(images_B3SS.dtype)).sum(1, keepdim=True)
        centre = luma_B1SS[..., 1:-1, 1:-1]
        around = luma_B1SS[..., :-2, 1:-1] + luma_B1SS[..., 2:, 1:-1]
        beside = luma_B1SS[..., 1:-1, :-2] + luma_B1SS[..., 1:-1, 2:]
        energy_B1VV = (4 * centre - around - beside).square() * inside_B1VV
        return (self._pool(energy_B1VV) + _FLOOR**2).sqrt()

    def _pool(self, maps_B1VV: Tensor) -> Tensor:
        window = min(self.window, maps_B1VV.shape[-1])
        return F.avg_pool2d(maps_B1VV, window, self.stride)


def _inside(mask_B1SS: Tensor) -> Tensor:
    """1 where a pixel and its four neighbours are wholly on the face, so that nothing else can enter its Laplacian."""
    full = (mask_B1SS >= 1 - 1e-3).to(mask_B1SS.dtype)
    rows = full[..., :-2, 1:-1] * full[..., 2:, 1:-1]
    columns = full[..., 1:-1, :-2] * full[..., 1:-1, 2:]
    return full[..., 1:-1, 1:-1] * rows * columns
