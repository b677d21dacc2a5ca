"""Tells whose face a code was made of."""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.layers import init_he

_SLOPE = 0.2


class CodeDiscriminator(nn.Module):
    """Convolutions of stride 2 over the map of a latent, then a logit an identity at each place that is left.

    Args:
        in_channels: Channels of the latent.
        num_identities: How many there are to tell apart.
        channels: Of the first layer; doubled at each of the others, up to four times as many.
        layers: How many; each halves the map's side, down to 1.

    Raises:
        ConfigError: A value is below 1.

    Source:
        Ganin et al. 2016, arXiv:1505.07818, the domain classifier; its place, on the code of a face, is that of
        DeepFaceLab's true-face option, described in words.
    """

    def __init__(self, in_channels: int, num_identities: int, *, channels: int = 128, layers: int = 3) -> None:
        super().__init__()
        if channels < 1 or layers < 1:
            raise ConfigError(f"training.make_discriminator: channels={channels} and layers={layers} must be 1 or more")
        widths = [in_channels, *(channels * min(2**number, 4) for number in range(layers))]
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in pairwise(widths)
        )
        self.identities = nn.Conv2d(widths[-1], num_identities, 1)
        for layer in self.layers:
            init_he(layer, slope=_SLOPE)  # pyright: ignore[reportArgumentType]

    def forward(self, codes_BCHW: Tensor) -> Tensor:
        """Logits of the identities, shape (B, identities)."""
        for layer in self.layers:
            codes_BCHW = F.leaky_relu(layer(codes_BCHW), _SLOPE)
        return self.identities(codes_BCHW).mean((2, 3))
