"""How differently two heaps of vectors are spread: the Fréchet distance of the Gaussians fitted to them.

Of face descriptors it tells whether the swapped faces are as varied as the identity's real ones, of landmarks whether
they move as the footage does; neither needs anything downloaded. Shape letters: N vectors, D their length.
"""

from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric

from faceswap_lab.core.errors import ShapeError


class FrechetDistance(Metric):
    """Squared Fréchet distance; 0 for equal heaps, the lower, the better.

    Formula: ``|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))``, means m and covariances S (divided by N - 1). With fewer
    vectors than D the covariances are of low rank and the distance comes out too large: compare only figures of the
    same numbers of vectors. Undefined (NaN) with fewer than two vectors on a side.

    Args:
        size: D.

    Source:
        Dowson and Landau, J. Multivariate Analysis 12, 1982; as a measure of images: Heusel et al., arXiv:1706.08500.
    """

    is_differentiable = False
    higher_is_better = False
    full_state_update = False
    real_count: Tensor
    made_count: Tensor

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = size
        for side in ("real", "made"):
            self.add_state(f"{side}_count", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")
            self.add_state(f"{side}_sum_D", torch.zeros(size, dtype=torch.float64), dist_reduce_fx="sum")
            self.add_state(f"{side}_outer_DD", torch.zeros(size, size, dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, vectors_ND: Tensor, *, real: bool) -> None:
        """Adds vectors to one of the heaps.

        Raises:
            ShapeError: The vectors are not (N, D).
        """
        if vectors_ND.ndim != 2 or vectors_ND.shape[1] != self.size:
            raise ShapeError(f"need (N, {self.size}) vectors, got {tuple(vectors_ND.shape)}")
        vectors_ND = vectors_ND.double()
        side = "real" if real else "made"
        for name, value in (
            ("count", torch.tensor(float(len(vectors_ND)), dtype=torch.float64, device=vectors_ND.device)),
            ("sum_D", vectors_ND.sum(0)),
            ("outer_DD", vectors_ND.T @ vectors_ND),
        ):
            setattr(self, f"{side}_{name}", getattr(self, f"{side}_{name}") + value)

    def compute(self) -> Tensor:
        """The distance of what was added so far."""
        if bool(self.real_count < 2) or bool(self.made_count < 2):
            return torch.full((), torch.nan, dtype=torch.float64)
        mean_real_D, spread_real_DD = self._fit("real")
        mean_made_D, spread_made_DD = self._fit("made")
        values_D, vectors_DD = torch.linalg.eigh(spread_real_DD)
        root_DD = vectors_DD * values_D.clamp_min(0).sqrt() @ vectors_DD.T
        # S1 S2 has the eigenvalues of the symmetric product, whose roots stay real whatever rounding does.
        shared = torch.linalg.eigvalsh(root_DD @ spread_made_DD @ root_DD).clamp_min(0).sqrt().sum()
        apart = (mean_real_D - mean_made_D).square().sum()
        return (apart + spread_real_DD.trace() + spread_made_DD.trace() - 2 * shared).clamp_min(0)

    def _fit(self, side: str) -> tuple[Tensor, Tensor]:
        count, sum_D = getattr(self, f"{side}_count"), getattr(self, f"{side}_sum_D")
        mean_D = sum_D / count
        spread_DD = (getattr(self, f"{side}_outer_DD") - count * torch.outer(mean_D, mean_D)) / (count - 1)
        return mean_D, spread_DD
