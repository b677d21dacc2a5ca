"""Grain finer than a decoder's pixels: fixed noise, as strong as an identity's real faces have it at each place."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CELLS = 16
"""Along each side of a face, a strength each."""

TIMES = 2
"""How many times the side of what the decoder draws: grain is drawn in pixels of half the size."""

_SEED = 7
_EMPHASIS = 1.5  # a part of what is measured, and of what is added, is lost where faces are resampled and encoded


class Grain(nn.Module):
    """Enlarges an image twice and adds noise of one pixel of the larger one.

    Pores, stubble and a film's grain are smaller than what a small network draws, and nobody sees where each of them
    is. Drawn in the network's own pixels they have to be so strong that skin looks like sand. So they are not learned
    but measured on the identity's training faces (``data.grain``), and added where the image is enlarged. The noise is
    the same for every face, so that it stays on the moving face instead of flickering. Before it is told how strong
    grain is there is none.

    Args:
        size: Side of the image before it is enlarged, px.

    Source:
        Karras et al. 2019 (StyleGAN), arXiv:1812.04948, section 3.2: noise of a strength for each scale; here of one
        scale, fixed, and measured instead of learned.
    """

    strength_KK: Tensor
    noise_SS: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size * TIMES
        self.register_buffer("strength_KK", torch.zeros(CELLS, CELLS))
        self.register_buffer("noise_SS", _noise(self.size), persistent=False)

    def set_strength(self, strength_KK: Tensor) -> None:
        """Says how strong grain is, as spread of the luma in [0, 1] at each of K x K places."""
        self.strength_KK.copy_(strength_KK)

    def forward(self, image_B3SS: Tensor) -> Tensor:
        """The image, RGB in [0, 1], at twice the side, with grain."""
        strength_11KK = self.strength_KK[None, None]
        strength_11SS = F.interpolate(strength_11KK, size=(self.size, self.size), mode="bilinear")
        enlarged_B3SS = F.interpolate(image_B3SS, scale_factor=TIMES, mode="bicubic")
        return (enlarged_B3SS + _EMPHASIS * strength_11SS * self.noise_SS).clamp(0, 1)


def _noise(size: int) -> Tensor:
    """White noise without what half as many pixels can show, of spread 1, shape (size, size)."""
    noise = torch.randn(1, 1, size, size, generator=torch.Generator().manual_seed(_SEED))
    coarse = F.interpolate(F.avg_pool2d(noise, TIMES), scale_factor=TIMES, mode="bicubic")
    fine = (noise - coarse)[0, 0]
    return fine / fine.std()
