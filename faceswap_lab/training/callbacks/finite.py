"""Stops a run that has diverged before it overwrites its last good checkpoint."""

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.batch import FaceBatch
from faceswap_lab.training.broken_layer import first_broken_layer
from faceswap_lab.training.module import AutoencoderModule

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
    """Raises when the loss is no longer a number, before its gradient is taken, and never lets such weights be saved.

    The message names the batch, from whose number all that is random about it follows, the terms of the loss that are
    no numbers, the first layer that hands on none for this batch, and the first weights that are none.

    Args:
        every_n_steps: Batches between two looks on a GPU, where each look waits for the step to end; a look that comes
            late still knows the batch. On a processor every batch is looked at.
    """

    def __init__(self, *, every_n_steps: int = 20) -> None:
        self._every_n_steps = every_n_steps
        self._batch: tuple[int, dict[str, FaceBatch]] | None = None  # the latest, and its number
        self._first: Tensor | None = None  # number of the batch since which the loss is none; -1 as long as it is one

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: dict[str, FaceBatch], batch_idx: int
    ) -> None:
        self._batch = batch_idx, batch

    def on_before_backward(self, trainer: pl.Trainer, pl_module: pl.LightningModule, loss: Tensor) -> None:
        assert self._batch is not None
        number = self._batch[0]
        if trainer.world_size > 1:  # all processes stop, or none, else the others would wait for ever
            loss = trainer.callback_metrics["train/loss"]
        finite = torch.isfinite(loss.detach())
        if self._first is None:
            self._first = torch.full_like(finite, -1, dtype=torch.int64)
        self._first = torch.where(finite | (self._first >= 0), self._first, number)
        if self._is_due(loss.device, number):
            self._look(trainer, pl_module, step=trainer.global_step + 1)

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        self._look(trainer, pl_module, step=trainer.global_step)
        # A finite loss may have had a gradient that was none: weights are what must not be lost.
        broken = _without_numbers(pl_module)
        if broken:
            raise DivergedError(f"weights are no numbers at step {trainer.global_step} ({_named(broken)})")

    def _is_due(self, device: torch.device, number: int) -> bool:
        return device.type == "cpu" or (number + 1) % self._every_n_steps == 0

    def _look(self, trainer: pl.Trainer, module: pl.LightningModule, *, step: int) -> None:
        since = -1 if self._first is None else int(self._first)
        if since < 0 or self._batch is None:
            return
        assert isinstance(module, AutoencoderModule)
        number, batch = self._batch
        figures = {name: value for name, value in trainer.callback_metrics.items() if name.startswith("train/")}
        figures.pop("train/loss", None)
        terms = [name.removeprefix("train/") for name, value in figures.items() if not torch.isfinite(value)]
        layer = None
        if not module.compiled:  # its layers are one
            with trainer.precision_plugin.forward_context():
                layer = first_broken_layer(module, batch, number)
        parts = (("terms", terms), ("first layer", [layer] if layer else []), ("weights", _without_numbers(module)))
        where = "; ".join(f"{what}: {_named(names)}" for what, names in parts if names) or "its terms are numbers"
        raise DivergedError(f"the loss is no number since batch {since}, step {step} ({where})")


def _without_numbers(module: pl.LightningModule) -> list[str]:
    return [name for name, weight in module.named_parameters() if not bool(weight.isfinite().all())]


def _named(names: list[str]) -> str:
    return f"{', '.join(names[:_MOST_NAMED])}{' and others' if len(names) > _MOST_NAMED else ''}"
