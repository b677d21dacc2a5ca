"""LIAE: one path that both people share, one of the footage's person alone, and a decoder for both."""

from collections.abc import Sequence

import torch
from torch import Tensor

from faceswap_lab.models.bottlenecks.dense import Dense
from faceswap_lab.models.bottlenecks.pair import PairBottleneck
from faceswap_lab.models.spec import FeatureSpec


class Liae(PairBottleneck):
    """Latents of the drawn person hold the shared path twice, those of the footage's person the private one first.

    Args:
        in_spec: Map that the encoder gives.
        identities: Whose face is drawn, and whose footage it is drawn into.
        latent: Length of each path's vector.
        channels: Channels of each path's map; the latent has twice as many.
        size: Side of that map; by default as large as the encoder's.
        enlarge: Double the side of each path's map.
        pixel_norm: Scale the flattened map to a mean square of 1 first.
        act: Activation of the doubling.

    Raises:
        ConfigError: There are not exactly two identities.

    Source:
        Petrov et al. 2020 (DeepFaceLab), arXiv:2005.05535, figure 3; numbers as described in the literature.
    """

    def __init__(
        self,
        in_spec: FeatureSpec,
        *,
        identities: Sequence[str],
        latent: int = 256,
        channels: int = 512,
        size: int | None = None,
        enlarge: bool = True,
        pixel_norm: bool = False,
        act: str = "leaky_relu",
    ) -> None:
        super().__init__("liae", identities)
        self.both, self.private = (
            Dense(
                in_spec,
                latent=latent,
                channels=channels,
                size=size,
                out_channels=channels if enlarge else 0,
                pixel_norm=pixel_norm,
                act=act,
            )
            for _ in range(2)
        )
        self.out_spec = FeatureSpec(2 * channels, self.both.out_spec.size)

    def forward(self, features_BCHW: Tensor) -> Tensor:
        return features_BCHW

    def latent_of(self, code: Tensor, identity: str) -> Tensor:
        both = self.both(code)
        return torch.cat([both if identity == self.drawn else self.private(code), both], 1)
