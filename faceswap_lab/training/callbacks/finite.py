"""Stops a run that has diverged before it overwrites its last good checkpoint."""

from typing import Any

import pytorch_lightning as pl
import torch

from faceswap_lab.core.errors import ConfigError

_MOST_NAMED = 3


class DivergedError(ConfigError):
    """The loss is no number any more.

    Args:
        what: Where and in what it shows.
    """

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}: the run diverged; lower optimizer.lr and resume from the last checkpoint, or raise roll_back"
        )
        self.what = what


class StopOnNan(pl.Callback):
    """Raises when the loss is no longer a number, and never lets such weights be saved.

    The message names the step, which says all about the batch, the terms of the loss that are no numbers, and the first
    layers whose weights or gradients are none.

    Args:
        every_n_steps: Steps between two looks; on a GPU each look waits for the step to end.
    """

    def __init__(self, *, every_n_steps: int = 20) -> None:
        self._every_n_steps = every_n_steps

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if (batch_idx + 1) % self._every_n_steps == 0:
            _check(trainer, pl_module)

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        _check(trainer, pl_module)
        # A finite loss may have had a gradient that was none: weights are what must not be lost.
        broken = [name for name, weight in pl_module.named_parameters() if not bool(weight.isfinite().all())]
        if broken:
            raise DivergedError(f"weights are no numbers at step {trainer.global_step} ({_named(broken)})")


def _named(names: list[str]) -> str:
    return f"{', '.join(names[:_MOST_NAMED])}{' and others' if len(names) > _MOST_NAMED else ''}"


def _check(trainer: pl.Trainer, module: pl.LightningModule) -> None:
    loss = trainer.callback_metrics.get("train/loss")
    if loss is None or torch.isfinite(loss):
        return
    figures = {name: value for name, value in trainer.callback_metrics.items() if name.startswith("train/")}
    terms = [name for name, value in figures.items() if name != "train/loss" and not torch.isfinite(value)]
    layers = [name for name, weight in module.named_parameters() if not _finite(weight)]
    said = [f"{what}: {_named(names)}" for what, names in (("terms", terms), ("weights", layers)) if names]
    reasons = "; ".join(said) or "its terms are numbers"
    raise DivergedError(f"the loss is {float(loss)} at step {trainer.global_step} ({reasons})")


def _finite(weight: torch.nn.Parameter) -> bool:
    return bool(weight.isfinite().all()) and (weight.grad is None or bool(weight.grad.isfinite().all()))
