"""The weighted sum of loss terms that a ``conf/loss`` option names."""

from collections.abc import Collection, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.staged import Staged
from faceswap_lab.models.spec import Decoded

_SMALLEST = 16  # px: the side below which terms have no window left


class CompositeLoss(nn.Module):
    """Every term unweighted, for the log, and their weighted sum, for the optimiser.

    Args:
        terms: Modules called as ``term(decoded, target_B3SS, mask_B1SS)``.
        weights: One number a term, under the same names; or the steps from which numbers hold, such as
            ``{0: 1.0, 20000: 0.5}``. A term that weighs nothing is not computed.
        skin_only: Names of terms that do not see eyes, nostrils and mouth.
        resolution: Share of the faces' side at which all terms compare, above 0 to 1, or such shares by step: coarse
            first, ``{0: 0.25, 5000: 0.5, 20000: 1}``. Faces are averaged down, to 16 px at least.

    Raises:
        ConfigError: Terms and weights are not named alike, one is called ``total``, or ``skin_only`` names no term.
    """

    def __init__(
        self,
        terms: Mapping[str, nn.Module],
        *,
        weights: Mapping[str, float | Mapping[int, float]],
        skin_only: Collection[str] = (),
        resolution: float | Mapping[int, float] = 1.0,
    ) -> None:
        super().__init__()
        if set(terms) != set(weights) or "total" in terms:
            raise ConfigError(
                f"loss.terms ({', '.join(sorted(terms))}) and loss.weights ({', '.join(sorted(weights))}) must bear "
                "the same names, none of them 'total'"
            )
        if unknown := set(skin_only) - set(terms):
            raise ConfigError(
                f"loss.skin_only names {', '.join(sorted(unknown))}, which is not among loss.terms: "
                f"{', '.join(sorted(terms))}"
            )
        self.terms, self._skin_only = nn.ModuleDict(terms), frozenset(skin_only)
        self._weights = {name: Staged(weight, name=f"loss.weights.{name}") for name, weight in weights.items()}
        self._resolution = Staged(resolution, name="loss.resolution", least=1 / 64, most=1.0)
        self.step = 0
        """The step whose weights hold; whoever trains sets it."""

    def forward(
        self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor, features_B1SS: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Scalars by name of term, unweighted, and ``total``.

        Args:
            decoded: What was drawn.
            target_B3SS: What it is compared with.
            mask_B1SS: Where.
            features_B1SS: Share of eyes, nostrils and mouth in each pixel, times what the mask is multiplied by; None
                where they are not known, and no term can be kept from them.
        """
        share = self._resolution.at(self.step)
        if share < 1:
            side = round(share * target_B3SS.shape[-1])
            if side < _SMALLEST:
                least = _SMALLEST / target_B3SS.shape[-1]
                raise ConfigError(f"loss.resolution={share:g} leaves faces of {side} px; use {least:g} or more")
            decoded = Decoded(
                _averaged_down(decoded.image_B3SS, side),
                _averaged_down_if_any(decoded.mask_B1SS, side),
            )
            target_B3SS, mask_B1SS = _averaged_down(target_B3SS, side), _averaged_down(mask_B1SS, side)
            features_B1SS = _averaged_down_if_any(features_B1SS, side)
        weights = {name: staged.at(self.step) for name, staged in self._weights.items()}
        skin_B1SS = mask_B1SS if features_B1SS is None else (mask_B1SS - features_B1SS).clamp_min(0)
        masks = {name: skin_B1SS if name in self._skin_only else mask_B1SS for name in self.terms}
        values = {
            name: term(decoded, target_B3SS, masks[name]) if weights[name] else target_B3SS.new_zeros(())
            for name, term in self.terms.items()
        }
        total = torch.stack([weights[name] * value for name, value in values.items()]).sum()
        return {**values, "total": total}


def _averaged_down(maps_BCSS: Tensor, side: int) -> Tensor:
    return F.adaptive_avg_pool2d(maps_BCSS, side)


def _averaged_down_if_any(maps_BCSS: Tensor | None, side: int) -> Tensor | None:
    return None if maps_BCSS is None else _averaged_down(maps_BCSS, side)
