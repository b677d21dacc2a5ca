"""DeepFaceLab's decoder: upscales with residual blocks, a mask beside, and four pixels from one with ``phases``."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.layers import Double, Residual
from faceswap_lab.models.spec import Decoded, Decoder, FeatureSpec


class Saehd(Decoder):
    """Doubles the side once per factor, a residual block behind each; a mask tower without blocks.

    Args:
        in_spec: The latent.
        width: Channels are multiples of this.
        factors: Channels after each doubling, in widths: (8, 4, 2), or (8, 8, 4, 2) for the ``-t`` variant.
        mask_width: The same for the mask tower; 0 draws no mask.
        phases: The ``-d`` variant: the last layer draws four images, each a quarter of the pixels, for twice the side.
        act: ``leaky_relu``, or ``x_cos`` for the ``-c`` variant.

    Raises:
        ConfigError: A width is out of range.

    Source:
        Petrov et al. 2020, arXiv:2005.05535; numbers as described in the literature, no code taken.
    """

    def __init__(
        self,
        in_spec: FeatureSpec,
        *,
        width: int = 64,
        factors: Sequence[int] = (8, 4, 2),
        mask_width: int = 22,
        phases: bool = False,
        act: str = "leaky_relu",
    ) -> None:
        super().__init__()
        if width < 1 or mask_width < 0:
            raise ConfigError(
                f"model.decoder.width={width} must be at least 1, mask_width={mask_width} 0 (no mask) or more"
            )
        self.output_size = in_spec.size * 2 ** (len(factors) + phases)
        widths = [factor * width for factor in factors]
        self.tower = nn.Sequential(
            *(
                nn.Sequential(Double(before, after, act=act), Residual(after, act=act))
                for before, after in pairwise((in_spec.channels, *widths))
            )
        )
        kernels = (1, 3, 3, 3) if phases else (1,)
        self.images = nn.ModuleList(nn.Conv2d(widths[-1], 3, kernel, padding=kernel // 2) for kernel in kernels)
        self.mask = None
        if mask_width:
            mask_widths = [factor * mask_width for factor in (*factors, *([1] if phases else []))]
            doubles = [Double(before, after, act=act) for before, after in pairwise((in_spec.channels, *mask_widths))]
            self.mask = nn.Sequential(*doubles, nn.Conv2d(mask_widths[-1], 1, 1))

    def forward(self, latent_BCHW: Tensor) -> Decoded:
        features_BCHW = self.tower(latent_BCHW)
        # Phase p of channel c is channel 4 c + p for pixel_shuffle.
        image_B3SS = torch.stack([draw(features_BCHW) for draw in self.images], 2).flatten(1, 2)
        if len(self.images) > 1:
            image_B3SS = F.pixel_shuffle(image_B3SS, 2)
        mask_B1SS = None if self.mask is None else torch.sigmoid(self.mask(latent_BCHW).float())
        return Decoded(torch.sigmoid(image_B3SS.float()), mask_B1SS)
