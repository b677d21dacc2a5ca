"""Structural similarity at several sizes at once, inside the mask."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.dssim import blur_band, gaussian_window, ssim_parts
from faceswap_lab.training.losses.shrinking import shrink
from faceswap_lab.training.losses.term import mean_over_processes, split_trust

_SIGMA, _RADIUS = 1.5, 5  # px
_FLOOR = 1e-4  # a power's slope has no limit at 0


class MsSsim(nn.Module):
    """1 - MS-SSIM; in [0, 1].

    Each size looks at images half as large as the one before. Both are blackened outside the mask, and each window
    counts by its share of face. Faces too small for all sizes lose the coarsest; the weights of the others then sum
    to 1 again.

    Args:
        powers: Of each size, the finest first.

    Raises:
        ConfigError: No power is given, or one is not positive.

    Source:
        Wang, Simoncelli and Bovik 2003, doi:10.1109/ACSSC.2003.1292216, eq. 7, with its five powers and the window of
        SSIM, 11 px wide with sigma 1.5.
    """

    _window: Tensor

    def __init__(self, *, powers: Sequence[float] = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)) -> None:
        super().__init__()
        if not powers or min(powers) <= 0:
            raise ConfigError(f"loss.terms.ms_ssim.powers={list(powers)} must be numbers above 0, at least one")
        self.powers = list(powers)
        self.register_buffer("_window", gaussian_window(_SIGMA, _RADIUS), persistent=False)

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        # Differences of nearly equal second moments do not survive bfloat16.
        with torch.autocast(target_B3SS.device.type, enabled=False):
            dtype = torch.promote_types(target_B3SS.dtype, torch.float32)
            mask_B1SS, trust_B111 = split_trust(mask_B1SS.to(dtype))
            images = (decoded.image_B3SS.to(dtype), target_B3SS.to(dtype), mask_B1SS)
            images_B7SS = torch.cat([images[0] * mask_B1SS, images[1] * mask_B1SS, mask_B1SS], dim=1).contiguous()
            powers = self._powers_for(images_B7SS.shape[-1])
            similarity_B = torch.ones_like(trust_B111.flatten())
            for place, power in enumerate(powers):
                restored_B3SS, real_B3SS, share_B1SS = images_B7SS.split([3, 3, 1], dim=1)
                blur = blur_band(self._window, share_B1SS.shape[-1]).to(dtype)
                luminance, structure = ssim_parts(restored_B3SS, real_B3SS, blur)
                values = luminance * structure if place == len(powers) - 1 else structure
                counted = blur @ share_B1SS @ blur.T
                area_B = counted.sum((1, 2, 3)).clamp_min(1e-6)
                mean_B = (values * counted).sum((1, 2, 3)) / (values.shape[1] * area_B)
                similarity_B = similarity_B * mean_B.clamp_min(_FLOOR) ** power
                images_B7SS = shrink(images_B7SS, 2)
            trust_B = trust_B111.flatten()
            return ((1 - similarity_B) * trust_B).sum() / mean_over_processes(trust_B.sum()).clamp_min(1e-6)

    def _powers_for(self, size: int) -> list[float]:
        count = 1
        while count < len(self.powers) and size // 2**count > 2 * _RADIUS:
            count += 1
        total, used = sum(self.powers), sum(self.powers[:count])
        return [power * total / used for power in self.powers[:count]]
