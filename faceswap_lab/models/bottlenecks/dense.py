"""Two dense layers around a short vector: what the identities share is squeezed through it."""

from torch import Tensor, nn

from faceswap_lab.models.layers import Double, init_he
from faceswap_lab.models.spec import Bottleneck, FeatureSpec


class Dense(Bottleneck):
    """Flattens any map to ``latent`` numbers, widens them to a map again, and doubles its side.

    Args:
        in_spec: Map that the encoder gives.
        latent: Length of the vector. Shorter carries expressions over more faithfully, longer keeps more detail.
        channels: Channels of the map behind the vector.
        size: Side of that map; by default as large as the encoder's.
        out_channels: Channels after the doubling.

    Source:
        The layers of the first public face autoencoder (2017), as described in the literature; no code taken.
    """

    def __init__(
        self,
        in_spec: FeatureSpec,
        *,
        latent: int = 1024,
        channels: int = 1024,
        size: int | None = None,
        out_channels: int = 512,
    ) -> None:
        super().__init__()
        self._map = FeatureSpec(channels, in_spec.size if size is None else size)
        self.out_spec = FeatureSpec(out_channels, 2 * self._map.size)
        self.squeeze = nn.Linear(in_spec.channels * in_spec.size**2, latent)
        self.widen = nn.Linear(latent, self._map.channels * self._map.size**2)
        for layer in (self.squeeze, self.widen):
            init_he(layer, slope=1.0)  # no activation follows
        self.enlarge = Double(self._map.channels, out_channels)

    def forward(self, features_BCHW: Tensor) -> Tensor:
        wide = self.widen(self.squeeze(features_BCHW.flatten(1)))
        return self.enlarge(wide.unflatten(1, (self._map.channels, self._map.size, self._map.size)))
