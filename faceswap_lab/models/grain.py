"""Texture that a small decoder cannot draw pixel by pixel: fixed noise, of a strength learned for each place."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIZES = 2
"""How many noises there are: of one pixel and of two."""

_SEED = 7
_START = 0.02  # logits; from none at all no gradient would lead away
_MOST = 0.24  # logits: what skin with grain and beards asks for; more is asked for at edges only


class Grain(nn.Module):
    """Adds noise of two sizes to an image, as strong as the features of each place ask for.

    Pores and stubble are too irregular to be drawn by a few channels; asked for such texture nonetheless, a decoder
    repeats one block of pixels, a grid that shows. With noise at hand it only has to say how much there is. The noise
    is the same for every face, so that texture stays on the moving face instead of flickering.

    Args:
        size: Side of the image, px.
        block: Side of the blocks of pixels that are drawn at each place of the features, px.

    Source:
        Karras et al. 2019 (StyleGAN), arXiv:1812.04948, section 3.2, with fixed noise and a strength for each place.
    """

    noise_QHW: Tensor

    def __init__(self, size: int, *, block: int = 1) -> None:
        super().__init__()
        # Both noises in blocks, Q = 2 P; of rank 3, for as part of a network it is asked to put its channels last.
        self.register_buffer("noise_QHW", F.pixel_unshuffle(_noise(size)[0], block))

    @staticmethod
    def init_strength(layer: nn.Conv2d) -> None:
        """Draws weights for the layer, of ``SIZES`` channels, that says how strong the noise is: weak at first."""
        nn.init.normal_(layer.weight, std=_START / 2)
        nn.init.constant_(layer.bias, _START)  # pyright: ignore[reportArgumentType]

    def forward(self, strength_B2HW: Tensor, blocks_BKHW: Tensor) -> Tensor:
        """Returns the image, still in blocks, with its grain.

        Args:
            strength_B2HW: How strong the fine and the coarse noise are at each place; of any sign.
            blocks_BKHW: The image as it goes into ``pixel_shuffle``: K = 3 P channels, P = ``block`` ** 2 pixels each.
        """
        # In blocks, where maps are small; each place has one strength for all pixels of its block.
        noise_2PHW = self.noise_QHW.reshape(SIZES, -1, *self.noise_QHW.shape[1:])
        strength_B2HW = _MOST * torch.tanh(strength_B2HW / _MOST)
        grain_BPHW = (strength_B2HW[:, :, None] * noise_2PHW).sum(1)
        blocks_B3PHW = blocks_BKHW.reshape(-1, 3, grain_BPHW.shape[1], *blocks_BKHW.shape[2:])
        return (blocks_B3PHW + grain_BPHW[:, None]).flatten(1, 2)


def _noise(size: int) -> Tensor:
    """White noise of one pixel and of two, each of spread 1, shape (1, 2, size, size)."""
    generator = torch.Generator().manual_seed(_SEED)
    fine = torch.randn(1, 1, size, size, generator=generator)
    half = torch.randn(1, 1, -(-size // 2), -(-size // 2), generator=generator)
    coarse = F.interpolate(half, size=(size, size), mode="bicubic")
    return torch.cat([fine / fine.std(), coarse / coarse.std()], 1)
