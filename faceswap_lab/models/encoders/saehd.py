"""DeepFaceLab's encoder: four strided convolutions, or five with residual blocks."""

from torch import Tensor, nn

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.layers import Halve, Residual
from faceswap_lab.models.sides import check_halvings
from faceswap_lab.models.spec import Encoder, FeatureSpec


class Saehd(Encoder):
    """Halves the side four times, with ``residual`` five times.

    Args:
        input_size: Side of the faces, px; a multiple of 16, with ``residual`` of 32.
        width: Channels after the first halving; 2, 4 and 8 times as many follow.
        residual: The ``-t`` variant: residual blocks behind the first and the last halving.
        act: ``leaky_relu``, or ``x_cos`` for the ``-c`` variant.

    Raises:
        ConfigError: The side cannot be halved that often, or the width is below 1.

    Source:
        Petrov et al. 2020, arXiv:2005.05535; numbers as described in the literature, no code taken.
    """

    def __init__(
        self, *, input_size: int = 128, width: int = 64, residual: bool = False, act: str = "leaky_relu"
    ) -> None:
        super().__init__()
        if width < 1:
            raise ConfigError(f"model.encoder.width={width} must be at least 1")
        halvings = 5 if residual else 4
        check_halvings("model.encoder.input_size", size=input_size, halvings=halvings)
        self.input_size = input_size
        self.out_spec = FeatureSpec(8 * width, input_size // 2**halvings)
        layers: list[nn.Module] = [Halve(3, width, act=act)]
        if residual:
            layers.append(Residual(width, act=act))
        layers += [Halve(before * width, 2 * before * width, act=act) for before in (1, 2, 4)]
        if residual:
            layers += [Halve(8 * width, 8 * width, act=act), Residual(8 * width, act=act)]
        self.layers = nn.Sequential(*layers)

    def forward(self, faces_B3SS: Tensor) -> Tensor:
        return self.layers(faces_B3SS)
