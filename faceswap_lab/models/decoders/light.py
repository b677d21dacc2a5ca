"""A small decoder for minutes on a CPU: one tower, whose last layer draws blocks of pixels and the mask together."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.models.grain import SIZES, Grain
from faceswap_lab.models.layers import Double, Heads, init_subpixel
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
        outputs = {"image": 3 * block**2, "mask": 1} | ({"grain": SIZES} if grain else {})
        self.heads = Heads(widths[-1], outputs, kernel=kernel)
        init_subpixel(self.heads["image"], factor=block)
        self.grain = Grain(self.output_size, block=block) if grain else None
        if grain:
            Grain.init_strength(self.heads["grain"])

    def forward(self, latent_BCHW: Tensor) -> Decoded:
        drawn = self.heads(self.tower(latent_BCHW))
        mask_B1SS = torch.sigmoid(F.interpolate(drawn["mask"], scale_factor=self._block, mode="bilinear").float())
        if self.grain is None:
            return Decoded(self._pixels(drawn["image"]), mask_B1SS)
        image_B3SS = self._pixels(self.grain(drawn["grain"], drawn["image"]))
        textured = self._pixels(self.grain(drawn["grain"], drawn["image"].detach())) if self.training else None
        return Decoded(image_B3SS, mask_B1SS, textured)

    def _pixels(self, blocks_BKHW: Tensor) -> Tensor:
        return torch.sigmoid(F.pixel_shuffle(blocks_BKHW, self._block).float())
