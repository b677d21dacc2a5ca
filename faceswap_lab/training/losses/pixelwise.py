"""Differences of single pixels inside the mask, each with another idea of how much a large one counts."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.term import masked_mean, mean_over_processes


class MaskedL2(nn.Module):
    """Mean squared difference of the RGB values, in [0, 1]."""

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        return masked_mean((decoded.image_B3SS - target_B3SS).square(), mask_B1SS)


class LogCosh(nn.Module):
    """Mean of ``log cosh(difference / scale) * scale``: squared below the scale, absolute above it.

    Args:
        scale: RGB in [0, 1], above 0; 1 is the textbook's.

    Raises:
        ConfigError: The scale is not above 0.
    """

    def __init__(self, *, scale: float = 1.0) -> None:
        super().__init__()
        _check_positive("log_cosh", scale=scale)
        self.scale = scale

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        size_B3SS = (decoded.image_B3SS - target_B3SS).abs() / self.scale
        # log cosh x = |x| + log(1 + e^-2|x|) - log 2, which no large x can overflow.
        values_B3SS = size_B3SS + F.softplus(-2 * size_B3SS) - math.log(2)
        return masked_mean(values_B3SS * self.scale, mask_B1SS)


class Charbonnier(nn.Module):
    """Mean of ``sqrt(difference² + epsilon²) - epsilon``: an absolute difference without the corner at 0.

    Args:
        epsilon: RGB in [0, 1], above 0.

    Raises:
        ConfigError: Epsilon is not above 0.

    Source:
        Charbonnier et al. 1994, doi:10.1109/ICIP.1994.413553, lowered so that equality costs nothing.
    """

    def __init__(self, *, epsilon: float = 1e-3) -> None:
        super().__init__()
        _check_positive("charbonnier", epsilon=epsilon)
        self.epsilon = epsilon

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        error_B3SS = decoded.image_B3SS - target_B3SS
        # Written as a quotient: the difference of two nearly equal roots would lose all its digits.
        square = error_B3SS.square()
        return masked_mean(square / ((square + self.epsilon**2).sqrt() + self.epsilon), mask_B1SS)


class MaskedLInf(nn.Module):
    """Largest difference of the three channels, averaged over pixels."""

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        return masked_mean((decoded.image_B3SS - target_B3SS).abs().amax(1, keepdim=True), mask_B1SS)


class Style(nn.Module):
    """Absolute difference of the mean and of the spread of each channel over the face.

    Source:
        Li et al. 2017, arXiv:1701.01036, section 4.2, on colours instead of features.
    """

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        dtype = torch.promote_types(target_B3SS.dtype, torch.float32)
        mask_B1SS = mask_B1SS.to(dtype)
        drawn, real = (_mean_and_spread(image.to(dtype), mask_B1SS) for image in (decoded.image_B3SS, target_B3SS))
        differences_B3 = (drawn[0] - real[0]).abs() + (drawn[1] - real[1]).abs()
        trust_B1 = mask_B1SS.amax((1, 2, 3))[:, None]
        return (differences_B3 * trust_B1).sum() / (3 * mean_over_processes(trust_B1.sum())).clamp_min(1e-6)


def _mean_and_spread(image_B3SS: Tensor, mask_B1SS: Tensor) -> tuple[Tensor, Tensor]:
    share_B1SS = mask_B1SS / mask_B1SS.sum((2, 3), keepdim=True).clamp_min(1e-6)
    mean_B311 = (image_B3SS * share_B1SS).sum((2, 3), keepdim=True)
    variance_B3 = ((image_B3SS - mean_B311).square() * share_B1SS).sum((2, 3))
    return mean_B311.flatten(1), (variance_B3 + 1e-8).sqrt()


def _check_positive(term: str, **values: float) -> None:
    for name, value in values.items():
        if not value > 0:
            raise ConfigError(f"loss.terms.{term}.{name}={value} must be above 0")
