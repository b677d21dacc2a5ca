"""The classic encoder: four strided 5x5 convolutions. Read this file first if you want to add an encoder.

An encoder takes RGB faces in [0, 1], states the side it wants in ``input_size`` and what it gives in ``out_spec``;
the bottleneck is built from that, so nothing else has to know which encoder runs. To add one, write such a class in a
file of its own here and a YAML of the same name in ``conf/encoder``: tests, tables and sweeps read the folder.
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from faceswap_lab.models.layers import Halve
from faceswap_lab.models.sides import check_halvings
from faceswap_lab.models.spec import Encoder, FeatureSpec


class Original(Encoder):
    """Halves the side once per width.

    Args:
        input_size: Side of the faces, px; a multiple of ``2 ** len(widths)``.
        widths: Channels after each halving.
        kernel: Side of the convolutions.

    Raises:
        ConfigError: The side cannot be halved that often.

    Source:
        The layers of the first public face autoencoder (2017), as described in the literature; no code taken.
    """

    def __init__(self, *, input_size: int = 64, widths: Sequence[int] = (128, 256, 512, 1024), kernel: int = 5) -> None:
        super().__init__()
        check_halvings("model.encoder.input_size", size=input_size, halvings=len(widths))
        self.input_size = input_size
        self.out_spec = FeatureSpec(channels=widths[-1], size=input_size // 2 ** len(widths))
        self.layers = nn.Sequential(*(Halve(i, o, kernel=kernel) for i, o in pairwise((3, *widths))))

    def forward(self, faces_B3SS: Tensor) -> Tensor:
        return self.layers(faces_B3SS)
