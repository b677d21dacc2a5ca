"""A small decoder for minutes on a CPU: one tower, whose last layer draws blocks of pixels and the mask together."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.grain import CELLS, Grain
from faceswap_lab.models.layers import Double, Heads, init_subpixel
from faceswap_lab.models.spec import Decoded, Decoder, FeatureSpec
from faceswap_lab.models.texture import Texture


class Light(Decoder):
    """Doubles the latent's side once per width, then draws a block of ``block`` x ``block`` pixels at each place.

    Feature maps are what costs; drawing blocks keeps them small while the image gets large. What stays the same in all
    faces of a person is a picture that moves with the face, see `Texture`. The mask is smooth, so it is drawn once a
    block and interpolated. A finished face is twice as large, with grain, see `Grain`.

    Args:
        in_spec: The latent.
        widths: Channels after each doubling; at least one.
        block: Side of a block, px.
        kernel: Side of the last convolution.
        texture: Side of the picture, px; None draws without.
        grain: Whether finished faces have grain.

    Raises:
        ConfigError: The picture has less than 2 px a side.

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
        texture: int | None = 128,
        grain: bool = True,
    ) -> None:
        super().__init__()
        if texture is not None and texture < 2:
            raise ConfigError(f"model.decoder.texture={texture}: give 2 px or more, or null for no picture")
        self._block = block
        self.output_size = in_spec.size * 2 ** len(widths) * block
        first, *others = (Double(i, o) for i, o in pairwise((in_spec.channels, *widths)))
        self.tower = nn.ModuleList([first, nn.Sequential(*others)])
        self.heads = Heads(widths[-1], {"image": 3 * block**2, "mask": 1}, kernel=kernel)
        init_subpixel(self.heads["image"], factor=block)
        self.texture = None if texture is None else Texture(widths[0], size=self.output_size, side=texture)
        self.grain = Grain(self.output_size) if grain else None
        self.grain_cells = CELLS if grain else 0

    @property
    def finished_size(self) -> int:
        return self.output_size if self.grain is None else self.grain.size

    def forward(self, latent_BCHW: Tensor) -> Decoded:
        first, others = self.tower
        coarse_BCHW = first(latent_BCHW)
        drawn = self.heads(others(coarse_BCHW))
        mask_B1SS = torch.sigmoid(F.interpolate(drawn["mask"], scale_factor=self._block, mode="bilinear").float())
        image_B3SS = F.pixel_shuffle(drawn["image"], self._block).float()
        if self.texture is not None:
            image_B3SS = image_B3SS + self.texture(coarse_BCHW)
        return Decoded(torch.sigmoid(image_B3SS), mask_B1SS)

    def finish(self, decoded: Decoded) -> Decoded:
        if self.grain is None:
            return decoded
        mask_B1SS = decoded.mask_B1SS
        if mask_B1SS is not None:
            mask_B1SS = F.interpolate(mask_B1SS, size=(self.grain.size, self.grain.size), mode="bilinear")
        return Decoded(self.grain(decoded.image_B3SS), mask_B1SS)

    def set_grain(self, strength_KK: Tensor) -> None:
        if self.grain is not None:
            self.grain.set_strength(strength_KK)
