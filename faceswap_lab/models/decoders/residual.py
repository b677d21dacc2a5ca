"""A decoder with a residual block after each upscale: dfaker's and villain's."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from faceswap_lab.models.layers import RESIDUAL_SLOPE, Double, Residual, activation
from faceswap_lab.models.spec import Decoded, Decoder, FeatureSpec


class ResidualUpscale(Decoder):
    """Doubles the latent's side once per width, with a residual block behind each, then once per plain width.

    Args:
        in_spec: The latent.
        widths: Channels after each doubling that a residual block follows.
        plain_widths: Channels after each doubling that comes behind those, without a block.
        kernel: Side of the output convolution.
        mask: Whether a second tower of plain upscales of the same widths draws the mask.

    Source:
        The layers of two decoders of the deepfakes community, as described in the literature; no code taken.
    """

    def __init__(
        self,
        in_spec: FeatureSpec,
        *,
        widths: Sequence[int] = (512, 256, 128),
        plain_widths: Sequence[int] = (),
        kernel: int = 5,
        mask: bool = False,
    ) -> None:
        super().__init__()
        all_widths = (*widths, *plain_widths)
        self.output_size = in_spec.size * 2 ** len(all_widths)
        layers: list[nn.Module] = []
        for before, after in pairwise((in_spec.channels, *widths)):
            layers += [
                Double(before, after, act="none"),
                activation("leaky_relu", slope=RESIDUAL_SLOPE),
                Residual(after),
            ]
        layers += [Double(i, o) for i, o in pairwise((([in_spec.channels, *widths])[-1], *plain_widths))]
        self.image = nn.Sequential(*layers, nn.Conv2d(all_widths[-1], 3, kernel, padding=kernel // 2))
        self.mask = None
        if mask:
            doubles = [Double(i, o) for i, o in pairwise((in_spec.channels, *all_widths))]
            self.mask = nn.Sequential(*doubles, nn.Conv2d(all_widths[-1], 1, kernel, padding=kernel // 2))

    def forward(self, latent_BCHW: Tensor) -> Decoded:
        image_B3SS = torch.sigmoid(self.image(latent_BCHW).float())
        mask_B1SS = None if self.mask is None else torch.sigmoid(self.mask(latent_BCHW).float())
        return Decoded(image_B3SS, mask_B1SS)
