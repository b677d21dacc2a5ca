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
    """Mean absolute difference of the local strength of the Laplacian of the luma, inside the mask.

    Pores, stubble and lashes lie at another place in every frame, so a network under L1 averages them away. This term
    compares how strong such detail is around each place, not where each hair is, as texture synthesis does.

    The cheapest strong detail is a pattern that repeats, and an upscaling network draws one with ease. So responses are
    compared with those one period further, and the strength is the RMS of these differences over the root of two: that
    of the responses themselves where texture is irregular, 0 for a grid of this period or a divisor of it.

    Args:
        window: Side of the square over which the strength is taken, px, at least 3.
        stride: Distance of these squares, px, at least 1.
        period: Of the patterns that count as no detail, px, at least 1.
        reach: From the middle of the Laplacian to its four neighbours, px, at least 1. With 1 the finest detail counts
            most, which is lost again where a face is enlarged into its footage and compressed; with 2 it counts
            nothing, and most counts what repeats after about 4 px.

    Raises:
        ConfigError: A size is out of its range.

    Source:
        Local energy of a band-pass filter as texture statistic: Portilla and Simoncelli 2000,
        doi:10.1023/A:1026553619983, section 2.2; here of one band, the Laplacian, without periodic parts, and compared
        by L1.
    """

    _luma: Tensor

    def __init__(self, *, window: int = 15, stride: int = 8, period: int = 4, reach: int = 1) -> None:
        super().__init__()
        if window < 3 or min(stride, period, reach) < 1:
            raise ConfigError(
                f"loss.terms.detail: window={window} must be at least 3, stride={stride}, period={period} and "
                f"reach={reach} at least 1"
            )
        self.window, self.stride, self.period, self.reach = window, stride, period, reach
        self.register_buffer("_luma", torch.tensor(_LUMA).view(1, 3, 1, 1), persistent=False)

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        # Squares of small numbers do not survive bfloat16.
        with torch.autocast(target_B3SS.device.type, enabled=False):
            dtype = torch.promote_types(target_B3SS.dtype, torch.float32)
            share_B1SS, trust_B111 = split_trust(mask_B1SS.to(dtype))
            inside_B1VV = _inside(share_B1SS, self.reach)
            base, beside, below = self._one_period_on(inside_B1VV)
            counted_B1WW = base * beside * below
            drawn = self._strength(decoded.image_B3SS.to(dtype), counted_B1WW)
            real = self._strength(target_B3SS.to(dtype), counted_B1WW)
            return masked_mean((drawn - real).abs(), self._pool(counted_B1WW) * trust_B111)

    def _strength(self, images_B3SS: Tensor, counted_B1WW: Tensor) -> Tensor:
        luma_B1SS = (images_B3SS * self._luma.to(images_B3SS.dtype)).sum(1, keepdim=True)
        base, beside, below = self._one_period_on(_laplacian(luma_B1SS, self.reach))
        variance_B1WW = ((beside - base).square() + (below - base).square()) / 4
        return (self._pool(variance_B1WW * counted_B1WW) + _FLOOR**2).sqrt()

    def _one_period_on(self, maps_B1VV: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """A map, and the same seen one period further along x and along y, each of side W = V - period."""
        side = maps_B1VV.shape[-1] - self.period
        one = slice(0, side), slice(self.period, self.period + side)
        return maps_B1VV[..., one[0], one[0]], maps_B1VV[..., one[0], one[1]], maps_B1VV[..., one[1], one[0]]

    def _pool(self, maps_B1WW: Tensor) -> Tensor:
        return F.avg_pool2d(maps_B1WW, min(self.window, maps_B1WW.shape[-1]), self.stride)


def _laplacian(luma_B1SS: Tensor, reach: int) -> Tensor:
    centre, above, below, left, right = _cross(luma_B1SS, reach)
    return 4 * centre - above - below - left - right


def _inside(mask_B1SS: Tensor, reach: int) -> Tensor:
    """1 where a pixel and its four neighbours are wholly on the face, so that nothing else can enter its Laplacian."""
    centre, above, below, left, right = _cross((mask_B1SS >= 1 - 1e-3).to(mask_B1SS.dtype), reach)
    return centre * above * below * left * right


def _cross(maps_B1SS: Tensor, reach: int) -> tuple[Tensor, ...]:
    """A map and what lies ``reach`` above, below, left and right of it, without the rim that lacks any of these."""
    side = maps_B1SS.shape[-1] - 2 * reach
    first, middle, last = (slice(start, start + side) for start in (0, reach, 2 * reach))
    places = ((middle, middle), (first, middle), (last, middle), (middle, first), (middle, last))
    return tuple(maps_B1SS[..., row, column] for row, column in places)
