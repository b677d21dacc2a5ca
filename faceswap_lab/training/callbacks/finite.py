"""Stops a run that has diverged before it overwrites its last good checkpoint."""

from typing import Any

import pytorch_lightning as pl
import torch

from faceswap_lab.core.errors import ConfigError


class StopOnNan(pl.Callback):
    """Raises when the loss is no longer a number, and never lets such weights be saved.

    Args:
        every_n_steps: Steps between two looks; on a GPU each look waits for the step to end.
    """

    def __init__(self, *, every_n_steps: int = 20) -> None:
        self._every_n_steps = every_n_steps

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if (batch_idx + 1) % self._every_n_steps == 0:
            _check(trainer)

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        _check(trainer)


def _check(trainer: pl.Trainer) -> None:
    loss = trainer.callback_metrics.get("train/loss")
    if loss is not None and not torch.isfinite(loss):
        raise ConfigError(
            f"the loss is {float(loss)} at step {trainer.global_step}: the run diverged; lower optimizer.lr and resume "
            "from the last checkpoint"
        )
