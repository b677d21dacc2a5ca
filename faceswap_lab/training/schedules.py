"""Learning rates over the steps of a run, as factors of the optimiser's own rate; they count steps, never seconds."""

import math
from collections.abc import Mapping

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from faceswap_lab.core.staged import Staged

_STAGES = {0: 1.0, 50_000: 0.1}


def constant(optimizer: Optimizer) -> LambdaLR:
    """The optimiser's rate throughout."""
    return LambdaLR(optimizer, lambda step: 1.0)


def warmup_linear(optimizer: Optimizer, *, total_steps: int, warmup_steps: int = 100) -> LambdaLR:
    """Rises linearly from near 0 to the optimiser's rate, then falls linearly to 0 at the last step.

    Args:
        optimizer: Whose rate is scaled.
        total_steps: Steps of the whole run, warm-up included.
        warmup_steps: Steps of the rise; at most a tenth of the run, so that short runs learn too.
    """
    rise = _rise(total_steps, warmup_steps)
    return LambdaLR(optimizer, lambda step: min((step + 1) / rise, _left(step, total_steps, rise)))


def warmup_cosine(optimizer: Optimizer, *, total_steps: int, warmup_steps: int = 100) -> LambdaLR:
    """Like ``warmup_linear``, but falls along half a cosine: longer near the full rate, longer near 0."""
    rise = _rise(total_steps, warmup_steps)
    return LambdaLR(
        optimizer,
        lambda step: min((step + 1) / rise, (1 - math.cos(math.pi * _left(step, total_steps, rise))) / 2),
    )


def staged(optimizer: Optimizer, *, factors: Mapping[int, float] | None = None) -> LambdaLR:
    """Factors of the optimiser's rate that hold from given steps on.

    Args:
        optimizer: Whose rate is scaled.
        factors: The step from which each holds; one from 0. ``{0: 1, 100000: 0.1}`` drops to a tenth; None does so at
            step 50,000. It is no default of the YAML file, with whose steps Hydra would mix those that are given.
    """
    held = _STAGES if factors is None else factors
    return LambdaLR(optimizer, Staged(held, name="schedule.factors", least=0.0).at)


def _rise(total_steps: int, warmup_steps: int) -> int:
    return max(1, min(warmup_steps, total_steps // 10))


def _left(step: int, total_steps: int, rise: int) -> float:
    """Share of the fall that is still ahead, in [0, 1]."""
    return min(1.0, max(0.0, (total_steps - step) / max(1, total_steps - rise)))
