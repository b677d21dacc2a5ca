"""Differences at several sizes at once, by the bands of a Laplacian pyramid."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.term import masked_mean

_TAPS = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)


class LaplacianPyramid(nn.Module):
    """Weighted sum over levels of the mean absolute difference of the bands, inside the mask.

    Since a pyramid is linear, the pyramid of the difference is taken.

    Args:
        levels: Number of levels, the last the coarse rest; at least 1. Fewer where the image is too small.
        base: Weight of a level over that of the one above it. 0.25 counts the finest most per pixel, as its area does.

    Raises:
        ConfigError: A value is out of range.

    Source:
        Burt and Adelson 1983, doi:10.1109/TCOM.1983.1095851; as loss: Bojanowski et al. 2018, arXiv:1707.05776.
    """

    _taps: Tensor

    def __init__(self, *, levels: int = 5, base: float = 0.25) -> None:
        super().__init__()
        if levels < 1 or not base > 0:
            raise ConfigError(f"loss.terms.pyramid: levels={levels} must be at least 1, base={base} above 0")
        self.levels, self.base = levels, base
        self.register_buffer("_taps", torch.tensor(_TAPS), persistent=False)

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        # Seven bits of a band are too few for its gradient.
        with torch.autocast(target_B3SS.device.type, enabled=False):
            # Outside the mask the difference is taken for 0, so that nothing there enters the wider bands.
            level_B3VV = (decoded.image_B3SS - target_B3SS) * (mask_B1SS > 0)
            total = level_B3VV.new_zeros(())
            for level in range(self.levels):
                is_last = level == self.levels - 1 or min(level_B3VV.shape[-2:]) < 2 * len(_TAPS)
                coarse_B3VV = level_B3VV if is_last else self._blur(level_B3VV)[..., ::2, ::2]
                band_B3VV = level_B3VV if is_last else level_B3VV - self._enlarge(coarse_B3VV, level_B3VV.shape)
                total = total + self.base**level * masked_mean(band_B3VV.abs(), mask_B1SS)
                if is_last:
                    break
                level_B3VV, mask_B1SS = coarse_B3VV, self._blur(mask_B1SS)[..., ::2, ::2]
            return total

    def _blur(self, images_BCVV: Tensor) -> Tensor:
        channels = images_BCVV.shape[1]
        for shape, padding in (((1, 1, 1, 5), (2, 2, 0, 0)), ((1, 1, 5, 1), (0, 0, 2, 2))):
            kernel = self._taps.to(images_BCVV.dtype).view(shape).expand(channels, -1, -1, -1)
            images_BCVV = F.conv2d(F.pad(images_BCVV, padding, mode="reflect"), kernel, groups=channels)
        return images_BCVV

    def _enlarge(self, images_BCVV: Tensor, shape: torch.Size) -> Tensor:
        spread_BCVV = images_BCVV.new_zeros((*images_BCVV.shape[:2], *shape[-2:]))
        spread_BCVV[..., ::2, ::2] = images_BCVV
        return 4 * self._blur(spread_BCVV)
