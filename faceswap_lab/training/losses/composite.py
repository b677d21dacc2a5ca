"""The weighted sum of loss terms that a ``conf/loss`` option names."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.staged import Staged
from faceswap_lab.models.spec import Decoded


class CompositeLoss(nn.Module):
    """Every term unweighted, for the log, and their weighted sum, for the optimiser.

    Args:
        terms: Modules called as ``term(decoded, target_B3SS, mask_B1SS)``.
        weights: One number a term, under the same names; or the steps from which numbers hold, such as
            ``{0: 1.0, 20000: 0.5}``. A term that weighs nothing is not computed.

    Raises:
        ConfigError: Terms and weights are not named alike, or one is called ``total``.
    """

    def __init__(self, terms: Mapping[str, nn.Module], *, weights: Mapping[str, float | Mapping[int, float]]) -> None:
        super().__init__()
        if set(terms) != set(weights) or "total" in terms:
            raise ConfigError(
                f"loss.terms ({', '.join(sorted(terms))}) and loss.weights ({', '.join(sorted(weights))}) must bear "
                "the same names, none of them 'total'"
            )
        self.terms = nn.ModuleDict(terms)
        self._weights = {name: Staged(weight, name=f"loss.weights.{name}") for name, weight in weights.items()}
        self.step = 0
        """The step whose weights hold; whoever trains sets it."""

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> dict[str, Tensor]:
        """Scalars by name of term, unweighted, and ``total``."""
        weights = {name: staged.at(self.step) for name, staged in self._weights.items()}
        values = {
            name: term(decoded, target_B3SS, mask_B1SS) if weights[name] else target_B3SS.new_zeros(())
            for name, term in self.terms.items()
        }
        total = torch.stack([weights[name] * value for name, value in values.items()]).sum()
        return {**values, "total": total}
