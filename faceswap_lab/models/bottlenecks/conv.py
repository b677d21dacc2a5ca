"""A bottleneck that keeps the map: convolutions instead of a vector, for encoders whose map is small already."""

from collections.abc import Sequence

from torch import Tensor, nn

from faceswap_lab.models.layers import Double, Residual, activation, init_he
from faceswap_lab.models.spec import Bottleneck, FeatureSpec


class Conv(Bottleneck):
    """Squeezes the channels, passes residual blocks and doubles the side.

    Places stay places, so that less has to be learned than with a vector; the same openness lets more of the footage's
    person through.

    Args:
        in_spec: Map that the encoder gives.
        identities: Not looked at: this latent is everybody's.
        channels: Channels of the squeezed map.
        blocks: Residual blocks.
        out_channels: Channels after the doubling.
    """

    def __init__(
        self,
        in_spec: FeatureSpec,
        *,
        identities: Sequence[str] = (),
        channels: int = 128,
        blocks: int = 1,
        out_channels: int = 512,
    ) -> None:
        super().__init__()
        squeeze = nn.Conv2d(in_spec.channels, channels, 1)
        init_he(squeeze)
        self.layers = nn.Sequential(
            squeeze,
            activation("leaky_relu"),
            *(Residual(channels) for _ in range(blocks)),
            Double(channels, out_channels),
        )
        self.out_spec = FeatureSpec(out_channels, 2 * in_spec.size)

    def forward(self, features_BCHW: Tensor) -> Tensor:
        return self.layers(features_BCHW)
