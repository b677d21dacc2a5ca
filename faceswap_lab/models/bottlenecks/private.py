"""IAE: half of the latent is shared by all, the other half each identity's own."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from faceswap_lab.models.bottlenecks.dense import Dense
from faceswap_lab.models.spec import Bottleneck, FeatureSpec


class DensePerIdentity(Bottleneck):
    """One dense path for all identities and one for each, side by side in the latent's channels.

    The identity belongs into the private half and what a face does into the shared one, so that one decoder can serve
    all (``model=shared_decoder``).

    Args:
        in_spec: Map that the encoder gives.
        identities: Whose private halves.
        latent: Length of each path's vector.
        channels: Channels of each path's map; the latent has twice as many.
        size: Side of the map; by default as large as the encoder's.

    Source:
        The "improved autoencoder" of the deepfakes community, as described in the literature; no code taken.
    """

    def __init__(
        self,
        in_spec: FeatureSpec,
        *,
        identities: Sequence[str],
        latent: int = 1024,
        channels: int = 512,
        size: int | None = None,
    ) -> None:
        super().__init__()
        paths = [
            Dense(in_spec, latent=latent, channels=channels, size=size, out_channels=0) for _ in (None, *identities)
        ]
        self._identities = list(identities)
        self.shared, self.private = paths[0], nn.ModuleList(paths[1:])
        self.out_spec = FeatureSpec(2 * channels, self.shared.out_spec.size)

    def forward(self, features_BCHW: Tensor) -> Tensor:
        return features_BCHW

    def latent_of(self, code: Tensor, identity: str) -> Tensor:
        private = self.private[self._identities.index(identity)]
        return torch.cat([private(code), self.shared(code)], 1)
