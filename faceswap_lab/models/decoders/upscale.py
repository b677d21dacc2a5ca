"""The classic decoder: pixel-shuffle upscales, a 5x5 output layer, and a tower of its own for the mask."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from faceswap_lab.models.layers import Double
from faceswap_lab.models.spec import Decoded, Decoder, FeatureSpec


class Upscale(Decoder):
    """Doubles the latent's side once per width and draws RGB.

    Args:
        in_spec: The latent.
        widths: Channels after each doubling.
        kernel: Side of the output convolution.
        mask: Whether a second tower of the same widths draws the mask; it nearly doubles the decoder.

    Source:
        The layers of the first public face autoencoder (2017), as described in the literature; no code taken.
    """

    def __init__(
        self, in_spec: FeatureSpec, *, widths: Sequence[int] = (256, 128, 64), kernel: int = 5, mask: bool = False
    ) -> None:
        super().__init__()
        self.output_size = in_spec.size * 2 ** len(widths)
        self.image = _tower(in_spec.channels, widths, out_channels=3, kernel=kernel)
        self.mask = _tower(in_spec.channels, widths, out_channels=1, kernel=kernel) if mask else None

    def forward(self, latent_BCHW: Tensor) -> Decoded:
        image_B3SS = torch.sigmoid(self.image(latent_BCHW).float())
        mask_B1SS = None if self.mask is None else torch.sigmoid(self.mask(latent_BCHW).float())
        return Decoded(image_B3SS, mask_B1SS)


def _tower(in_channels: int, widths: Sequence[int], *, out_channels: int, kernel: int) -> nn.Sequential:
    doubles = [Double(i, o) for i, o in pairwise((in_channels, *widths))]
    return nn.Sequential(*doubles, nn.Conv2d(widths[-1], out_channels, kernel, padding=kernel // 2))
