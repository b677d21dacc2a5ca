"""AMP: two paths whose channels are mixed, so that a swap can go part of the way from one person to the other."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.bottlenecks.dense import normalise_pixels
from faceswap_lab.models.bottlenecks.pair import PairBottleneck
from faceswap_lab.models.layers import init_he
from faceswap_lab.models.spec import FeatureSpec


class Amp(PairBottleneck):
    """In training, a random share of the drawn person's channels come from her path, the rest from the footage's.

    Unlike the original implementation, where both paths are left at their initial weights by mistake, all of it learns.

    Args:
        in_spec: Map that the encoder gives.
        identities: Whose face is drawn, and whose footage it is drawn into.
        latent: Length of the vector that both paths read.
        channels: Channels of the latent.
        morph_factor: Share of the drawn person's channels in training, above 0, at most 1.
        strength: The same in a swap, 0 (nothing of the drawn person) to 1; the first channels are hers.
        size: Side of the latent; by default the encoder's.

    Raises:
        ConfigError: There are not exactly two identities, or a share is out of range.

    Source:
        DeepFaceLab's AMP model, as described in the literature; no code taken.
    """

    morphs = True

    def __init__(
        self,
        in_spec: FeatureSpec,
        *,
        identities: Sequence[str],
        latent: int = 256,
        channels: int = 1024,
        morph_factor: float = 0.5,
        strength: float = 1.0,
        size: int | None = None,
    ) -> None:
        super().__init__("amp", identities)
        if not 0 < morph_factor <= 1 or not 0 <= strength <= 1:
            raise ConfigError(
                f"model.bottleneck.morph_factor={morph_factor} and strength={strength} are shares, 0 to 1"
            )
        self.out_spec = FeatureSpec(channels, in_spec.size if size is None else size)
        self.morph_factor = morph_factor
        self.strength: float | Tensor = strength  # a tensor where it is an input of an exported graph
        self.squeeze = nn.Linear(in_spec.channels * in_spec.size**2, latent)
        self.drawn_path, self.footage_path = (nn.Linear(latent, channels * self.out_spec.size**2) for _ in range(2))
        for layer in (self.squeeze, self.drawn_path, self.footage_path):
            init_he(layer, slope=1.0)  # no activation follows

    def set_strength(self, strength: float) -> None:
        if not 0 <= strength <= 1:
            raise ConfigError(f"strength={strength} must lie from 0 (the footage's person) to 1 (the drawn one)")
        self.strength = strength

    def forward(self, features_BCHW: Tensor) -> Tensor:
        return self.squeeze(normalise_pixels(features_BCHW))

    def latent_of(self, code: Tensor, identity: str) -> Tensor:
        shape = (self.out_spec.channels, self.out_spec.size, self.out_spec.size)
        footage = self.footage_path(code).reshape(-1, *shape)
        if identity != self.drawn:
            return footage
        share = self.morph_factor if self.training else self.strength
        order = torch.randperm(shape[0]) if self.training else torch.arange(shape[0])
        num_drawn = share * shape[0]
        num_drawn = torch.round(num_drawn) if isinstance(num_drawn, Tensor) else round(num_drawn)
        is_drawn_C = (order < num_drawn).to(code.device)
        return torch.where(is_drawn_C[:, None, None], self.drawn_path(code).reshape(-1, *shape), footage)
