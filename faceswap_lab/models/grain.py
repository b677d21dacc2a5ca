"""Texture that a small decoder cannot draw pixel by pixel: fixed noise, of a strength learned for each place."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_SEED = 7
_START = 0.02  # logits; from none at all no gradient would lead away


class Grain(nn.Module):
    """Adds noise of two sizes to an image, as strong as the features of each place ask for.

    Pores and stubble are too irregular to be drawn by a few channels; asked for such texture nonetheless, a decoder
    repeats one block of pixels, a grid that shows. With noise at hand it only has to say how much there is. The noise
    is the same for every face, so that texture stays on the moving face instead of flickering.

    Args:
        channels: Of the features.
        size: Side of the image, px.
        kernel: Side of the convolution.

    Source:
        Karras et al. 2019 (StyleGAN), arXiv:1812.04948, section 3.2, with fixed noise and a strength for each place.
    """

    noise_12SS: Tensor

    def __init__(self, channels: int, size: int, *, kernel: int = 3) -> None:
        super().__init__()
        self.strength = nn.Conv2d(channels, 2, kernel, padding=kernel // 2)
        nn.init.normal_(self.strength.weight, std=_START / 2)
        nn.init.constant_(self.strength.bias, _START)  # pyright: ignore[reportArgumentType]
        self.register_buffer("noise_12SS", _noise(size))

    def forward(self, features_BCHW: Tensor, image_B3SS: Tensor) -> Tensor:
        """Returns the image with its grain.

        Args:
            features_BCHW: What the image is drawn from, of its side or a fraction of it.
            image_B3SS: Before the last activation.
        """
        size = image_B3SS.shape[-2:]
        strength_B2SS = F.interpolate(self.strength(features_BCHW), size=size, mode="bilinear")
        return image_B3SS + (strength_B2SS * self.noise_12SS).sum(1, keepdim=True)


def _noise(size: int) -> Tensor:
    """White noise of one pixel and of two, each of spread 1, shape (1, 2, size, size)."""
    generator = torch.Generator().manual_seed(_SEED)
    fine = torch.randn(1, 1, size, size, generator=generator)
    half = torch.randn(1, 1, -(-size // 2), -(-size // 2), generator=generator)
    coarse = F.interpolate(half, size=(size, size), mode="bicubic")
    return torch.cat([fine / fine.std(), coarse / coarse.std()], 1)
