"""Shows every decoder latents that lie where another identity's lie, so that a swap asks it nothing unheard of.

However much encoder and bottleneck are shared, the latents of two people lie apart, and a decoder that has only seen
its own person's draws blotches from the other's. Drawing the two together by a loss also takes away what they express.
So the latents are left where they are, and a decoder learns from its own person's latents moved part of the way, or all
of it, to where another's lie on average: it comes to ignore the direction that tells people apart, and no other.

Shape letters: B batch, C channels, H and W sides of the latent, I identities.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from faceswap_lab.core.errors import ConfigError


class LatentShift(nn.Module):
    """Moves latents at random towards another identity's mean, while training.

    Args:
        shape: (C, H, W) of a latent.
        num_identities: How many take part, I >= 1; one alone is never moved.
        strength: How far at most, 1 = all the way; 0 switches it off.
        decay: Memory of the running means, in [0, 1): about 1 / (1 - decay) steps.

    Raises:
        ConfigError: A value is out of its range.

    Source:
        Ours; measured in experiments/light.
    """

    means_ICHW: Tensor
    steps: Tensor

    def __init__(
        self, shape: Sequence[int], *, num_identities: int, strength: float = 1.0, decay: float = 0.98
    ) -> None:
        super().__init__()
        if not 0 <= strength <= 2:
            raise ConfigError(f"training.latent_shift={strength} is out of range; use 0 (off) to 2")
        if not 0 <= decay < 1:
            raise ConfigError(f"decay={decay} of the latents' running means must lie in [0, 1)")
        self.strength, self.decay = strength, decay
        self.register_buffer("means_ICHW", torch.zeros(num_identities, *shape))
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    def forward(self, latents: Sequence[Tensor]) -> list[Tensor]:
        """Each identity's latents (B, C, H, W), moved; identities in the order of all calls before.

        Outside of training, and where there is nobody to move towards, they come back as they are.
        """
        if not self.training or self.strength == 0 or len(latents) < 2:
            return list(latents)
        self._learn(latents)
        return [self._move(latent_BCHW, identity) for identity, latent_BCHW in enumerate(latents)]

    @torch.no_grad()
    def _learn(self, latents: Sequence[Tensor]) -> None:
        now_ICHW = torch.stack([latent_BCHW.float().mean(0) for latent_BCHW in latents])
        self.steps += 1
        # A plain mean of the first steps, then the running one: no start from zero to be corrected for.
        share = torch.clamp(1 / self.steps, min=1 - self.decay)
        self.means_ICHW += share * (now_ICHW - self.means_ICHW)

    def _move(self, latent_BCHW: Tensor, identity: int) -> Tensor:
        batch, device = len(latent_BCHW), latent_BCHW.device
        others = torch.randint(len(self.means_ICHW) - 1, (batch,), device=device)
        others = others + (others >= identity)
        way_BCHW = self.means_ICHW[others] - self.means_ICHW[identity]
        far_B111 = self.strength * torch.rand(batch, 1, 1, 1, device=device)
        return latent_BCHW + (far_B111 * way_BCHW).to(latent_BCHW.dtype)
