"""villain's encoder: sixteen residual blocks at half the side, then halvings, some of them separable."""

from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.models.layers import RESIDUAL_SLOPE, SLOPE, Halve, Residual, init_he
from faceswap_lab.models.sides import check_halvings
from faceswap_lab.models.spec import Encoder, FeatureSpec


class Villain(Encoder):
    """A residual front that looks closely, and six strided layers behind it of which two are shuffled back.

    Args:
        input_size: Side of the faces, px; a multiple of 32.
        blocks: Residual blocks in front.
        small: Leave out the last halving, for less memory.

    Raises:
        ConfigError: The side cannot be halved five times.

    Source:
        The layers of a model of the deepfakes community, as described in the literature; no code taken.
    """

    def __init__(self, *, input_size: int = 128, blocks: int = 16, small: bool = False) -> None:
        super().__init__()
        check_halvings("model.encoder.input_size", size=input_size, halvings=5)
        self.input_size = input_size
        self.first = nn.Conv2d(3, 128, 5, stride=2, padding=2)
        init_he(self.first)
        self.front = nn.Sequential(*(Residual(128) for _ in range(blocks)))
        halvings: list[nn.Module] = [
            *(Halve(128, 128), nn.PixelShuffle(2)),
            *(Halve(32, 128), nn.PixelShuffle(2)),
            Halve(32, 128),
            Separable(128, 256),
            Halve(256, 512),
        ]
        if not small:
            halvings.append(Separable(512, 1024))
        self.halvings = nn.Sequential(*halvings)
        self.out_spec = FeatureSpec(512 if small else 1024, input_size // (16 if small else 32))

    def forward(self, faces_B3SS: Tensor) -> Tensor:
        seen = self.first(faces_B3SS)
        features = self.front(F.leaky_relu(seen, RESIDUAL_SLOPE)) + F.leaky_relu(seen, SLOPE)
        return self.halvings(features)


class Separable(nn.Sequential):
    """A strided convolution within each channel, one across channels, and a ReLU: half the side.

    Source:
        Chollet 2017, arXiv:1610.02357.
    """

    def __init__(self, in_channels: int, out_channels: int, *, kernel: int = 5) -> None:
        within = nn.Conv2d(
            in_channels, in_channels, kernel, stride=2, padding=kernel // 2, groups=in_channels, bias=False
        )
        across = nn.Conv2d(in_channels, out_channels, 1)
        init_he(within, slope=1.0)
        init_he(across, slope=0.0)
        super().__init__(within, across, nn.ReLU())
