"""A small decoder for minutes on a CPU: one tower, whose last layer draws blocks of pixels and the mask together."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.models.grain import Grain
from faceswap_lab.models.layers import Double, init_subpixel
from faceswap_lab.models.spec import Decoded, Decoder, FeatureSpec


class Light(Decoder):
    """Doubles the latent's side once per width, then draws a block of ``block`` x ``block`` pixels at each place.

    Feature maps are what costs; drawing blocks keeps them small while the image gets large. Fine texture would be drawn
    as a grid with a block's period; ``Grain`` offers an irregular one. The mask is smooth, so it is drawn once a block
    and interpolated.

    Args:
        in_spec: The latent.
        widths: Channels after each doubling.
        block: Side of a block, px.
        kernel: Side of the last convolution.
        grain: Whether to draw fine texture as noise whose strength is learned.

    Source:
        Shi et al. 2016, arXiv:1609.05158, for the blocks.
    """

    def __init__(
        self,
        in_spec: FeatureSpec,
        *,
        widths: Sequence[int] = (64, 32, 16),
        block: int = 2,
        kernel: int = 3,
        grain: bool = True,
    ) -> None:
        super().__init__()
        self._block = block
        self.output_size = in_spec.size * 2 ** len(widths) * block
        self.tower = nn.Sequential(*(Double(i, o) for i, o in pairwise((in_spec.channels, *widths))))
        self.image = nn.Conv2d(widths[-1], 3 * block**2, kernel, padding=kernel // 2)
        self.mask = nn.Conv2d(widths[-1], 1, kernel, padding=kernel // 2)
        init_subpixel(self.image, factor=block)
        self.grain = Grain(widths[-1], self.output_size, block=block, kernel=kernel) if grain else None

    def forward(self, latent_BCHW: Tensor) -> Decoded:
        features_BCHW = self.tower(latent_BCHW)
        blocks_BKHW = self.image(features_BCHW)
        if self.grain is not None:
            blocks_BKHW = self.grain(features_BCHW, blocks_BKHW)
        image_B3SS = F.pixel_shuffle(blocks_BKHW, self._block)
        mask_B1SS = F.interpolate(self.mask(features_BCHW), scale_factor=self._block, mode="bilinear")
        return Decoded(torch.sigmoid(image_B3SS.float()), torch.sigmoid(mask_B1SS.float()))
