"""Two dense layers around a short vector: what the identities share is squeezed through it."""

from collections.abc import Sequence

from torch import Tensor, nn

from faceswap_lab.models.layers import Double, init_he
from faceswap_lab.models.spec import Bottleneck, FeatureSpec


class Dense(Bottleneck):
    """Flattens any map to ``latent`` numbers, widens them to a map again, and doubles its side.

    Args:
        in_spec: Map that the encoder gives.
        identities: Not looked at: this latent is everybody's.
        latent: Length of the vector. Shorter carries expressions over more faithfully, longer keeps more detail.
        channels: Channels of the map behind the vector.
        size: Side of that map; by default as large as the encoder's.
        out_channels: Channels after the doubling; 0 leaves the map as it is.
        pixel_norm: Scale the flattened map to a mean square of 1 first (DeepFaceLab's ``-u``).
        act: Activation of the doubling.

    Source:
        The layers of the first public face autoencoder (2017), as described in the literature; no code taken.
    """

    def __init__(
        self,
        in_spec: FeatureSpec,
        *,
        identities: Sequence[str] = (),
        latent: int = 1024,
        channels: int = 1024,
        size: int | None = None,
        out_channels: int = 512,
        pixel_norm: bool = False,
        act: str = "leaky_relu",
    ) -> None:
        super().__init__()
        self.pixel_norm = pixel_norm
        self._map = FeatureSpec(channels, in_spec.size if size is None else size)
        self.out_spec = FeatureSpec(out_channels, 2 * self._map.size) if out_channels else self._map
        self.squeeze = nn.Linear(in_spec.channels * in_spec.size**2, latent)
        self.widen = nn.Linear(latent, self._map.channels * self._map.size**2)
        for layer in (self.squeeze, self.widen):
            init_he(layer, slope=1.0)  # no activation follows
        self.enlarge = Double(self._map.channels, out_channels, act=act) if out_channels else nn.Identity()

    def forward(self, features_BCHW: Tensor) -> Tensor:
        flat = normalise_pixels(features_BCHW) if self.pixel_norm else features_BCHW.flatten(1)
        wide = self.widen(self.squeeze(flat))
        return self.enlarge(wide.reshape(-1, self._map.channels, self._map.size, self._map.size))


def normalise_pixels(features_BCHW: Tensor) -> Tensor:
    """The flattened map over its root mean square, shape (B, C H W).

    Source:
        Karras et al. 2018, arXiv:1710.10196, section 4.2, over the whole map.
    """
    flat = features_BCHW.flatten(1)
    return flat * (flat.square().mean(1, keepdim=True) + 1e-6).rsqrt()
