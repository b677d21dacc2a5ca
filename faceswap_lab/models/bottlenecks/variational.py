"""A dense bottleneck whose vector is drawn from a normal distribution, so that new faces can be drawn from it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.layers import Double, init_he
from faceswap_lab.models.spec import Bottleneck, FeatureSpec


class Variational(Bottleneck):
    """As ``Dense``, with a mean and a spread for each number of the vector; in a swap, the mean is taken.

    Args:
        in_spec: Map that the encoder gives.
        identities: Not looked at: this latent is everybody's.
        latent: Length of the vector.
        channels: Channels of the map behind it.
        size: Side of that map; by default as large as the encoder's.
        out_channels: Channels after the doubling.
        kl_weight: Weight of the divergence from the standard normal distribution, per number of the vector.

    Raises:
        ConfigError: The weight is negative.

    Source:
        Kingma and Welling 2014, arXiv:1312.6114, appendix B.
    """

    def __init__(
        self,
        in_spec: FeatureSpec,
        *,
        identities: Sequence[str] = (),
        latent: int = 512,
        channels: int = 1024,
        size: int | None = None,
        out_channels: int = 512,
        kl_weight: float = 1e-3,
    ) -> None:
        super().__init__()
        if kl_weight < 0:
            raise ConfigError(f"model.bottleneck.kl_weight={kl_weight} must be 0 (off) or more")
        self.kl_weight, self.noise_size = kl_weight, latent
        self._map = FeatureSpec(channels, in_spec.size if size is None else size)
        self.out_spec = FeatureSpec(out_channels, 2 * self._map.size)
        self.mean = nn.Linear(in_spec.channels * in_spec.size**2, latent)
        self.log_variance = nn.Linear(in_spec.channels * in_spec.size**2, latent)
        self.widen = nn.Linear(latent, self._map.channels * self._map.size**2)
        for layer in (self.mean, self.log_variance, self.widen):
            init_he(layer, slope=1.0)  # no activation follows
        with torch.no_grad():
            self.log_variance.weight.mul_(0.01)  # the spread begins near 1 whatever the face
        self.enlarge = Double(self._map.channels, out_channels)
        self._kl: Tensor | None = None

    def forward(self, features_BCHW: Tensor) -> Tensor:
        flat = features_BCHW.flatten(1)
        mean_BL = self.mean(flat)
        if self.training:
            log_variance_BL = self.log_variance(flat).clamp(-20, 20)
            self._kl = kl_to_standard_normal(mean_BL.float(), log_variance_BL.float())
            noise_BL, self.noise_BN = self.noise_BN, None
            noise_BL = torch.randn_like(mean_BL) if noise_BL is None else noise_BL.to(mean_BL)
            mean_BL = mean_BL + noise_BL * (log_variance_BL / 2).exp()
        return self.decode(mean_BL)

    def decode(self, vector_BL: Tensor) -> Tensor:
        """The latent of a vector, such as one drawn from the standard normal distribution."""
        wide = self.widen(vector_BL)
        return self.enlarge(wide.reshape(-1, self._map.channels, self._map.size, self._map.size))

    def penalty(self) -> Tensor | None:
        kl, self._kl = self._kl, None
        return None if kl is None else self.kl_weight * kl


def kl_to_standard_normal(mean_BL: Tensor, log_variance_BL: Tensor) -> Tensor:
    """Mean over faces and numbers of the divergence of N(mean, variance) from N(0, 1)."""
    return (mean_BL.square() + log_variance_BL.exp() - 1 - log_variance_BL).mean() / 2
