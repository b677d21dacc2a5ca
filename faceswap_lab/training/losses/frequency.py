"""Differences of the spectrum, the worst frequencies first."""

import torch
from torch import Tensor, nn

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Decoded


class FocalFrequency(nn.Module):
    """Mean squared difference of the spectra of the masked images, each frequency weighted by how far off it is.

    The images are multiplied by the mask before the transform: a spectrum has no places left that could be masked.

    Args:
        alpha: Exponent of the weights, 0 or more; 0 weighs all alike.

    Raises:
        ConfigError: Alpha is negative.

    Source:
        Jiang et al. 2021, arXiv:2012.12821, eq. 8 and 9, with one weight matrix a face.
    """

    def __init__(self, *, alpha: float = 1.0) -> None:
        super().__init__()
        if alpha < 0:
            raise ConfigError(f"loss.terms.frequency.alpha={alpha} must be 0 or more")
        self.alpha = alpha

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        with torch.autocast(target_B3SS.device.type, enabled=False):
            dtype = torch.promote_types(target_B3SS.dtype, torch.float32)
            error_B3SS = (decoded.image_B3SS.to(dtype) - target_B3SS.to(dtype)) * mask_B1SS.to(dtype)
            spectrum_B3SS = torch.fft.fft2(error_B3SS, norm="ortho")
            square_B3SS = spectrum_B3SS.real.square() + spectrum_B3SS.imag.square()
            with torch.no_grad():
                weights_B3SS = square_B3SS.sqrt() ** self.alpha
                weights_B3SS = weights_B3SS / weights_B3SS.amax((2, 3), keepdim=True).clamp_min(1e-12)
            return (weights_B3SS * square_B3SS).mean()
