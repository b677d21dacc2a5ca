"""Clips gradients at what has been usual in the run so far, instead of at a number that somebody has to find."""

import math
from collections import deque
from typing import Any

import numpy as np
import pytorch_lightning as pl
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from faceswap_lab.core.errors import ConfigError


class AutoClip(pl.Callback):
    """Scales a gradient down to a percentile of the norms of the last steps, this one included.

    The norms are part of a checkpoint, so that a resumed run clips as an uninterrupted one. On a GPU each step waits
    for its norm.

    Args:
        percentile: Of the norms, above 0 to 100; 10 clips nine of ten steps.
        history: How many steps are remembered, at least 1.

    Raises:
        ConfigError: A value is out of its range.

    Source:
        Seetharaman et al. 2020, arXiv:2007.14469, where all norms are remembered.
    """

    def __init__(self, *, percentile: float = 10.0, history: int = 10_000) -> None:
        if not 0 < percentile <= 100 or history < 1:
            raise ConfigError(
                f"callbacks.autoclip: percentile={percentile} must lie above 0 and up to 100, history={history} be 1 "
                "or more"
            )
        self._percentile = percentile
        self._norms: deque[float] = deque(maxlen=history)

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: Optimizer
    ) -> None:
        parameters = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        norm = float(clip_grad_norm_(parameters, math.inf))  # measures, changes nothing
        if not math.isfinite(norm):
            return  # StopOnNan looks after it; one such norm would make the percentile useless for ever
        self._norms.append(norm)
        limit = float(np.percentile(self._norms, self._percentile))
        if norm > limit:
            for parameter in parameters:
                if parameter.grad is not None:
                    parameter.grad.mul_(limit / norm)
        pl_module.log_dict({"train/gradient_norm": norm, "train/gradient_limit": limit})

    def state_dict(self) -> dict[str, Any]:
        return {"norms": list(self._norms)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._norms.clear()
        self._norms.extend(state_dict["norms"])
