"""Whether swaps get better: held-out faces of every identity swapped into every other, now and then during a run."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

import pytorch_lightning as pl

from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.training.module import AutoencoderModule


class Check(Protocol):
    """Measures a network; `evaluation.held_out_swaps.HeldOutSwaps` is one."""

    @property
    def names(self) -> Collection[str]:
        """Every figure that it may give."""
        ...

    def __call__(self, network: SharedAutoencoder, card: Card) -> Mapping[str, float]:
        """Figures by name; the network, its mode and global random state stay as they are."""
        ...


class Swaps(pl.Callback):
    """Logs a check's figures as ``val/NAME`` at the first validation after every so many steps, and at the last step.

    Weights are those that the validation sees, averaged ones where ``callbacks=ema`` has them. One process measures and
    tells the others. Between two checks the figures are no metric of the run: what decides by them waits.

    Args:
        check: Measures the network.
        every_n_steps: Optimiser steps between two checks.

    Raises:
        ConfigError: Less than a step lies between two checks.
    """

    def __init__(self, check: Check, *, every_n_steps: int) -> None:
        if every_n_steps < 1:
            raise ConfigError(f"callbacks.swaps.every_n_steps={every_n_steps} must be 1 or more")
        self._check, self._every_n_steps = check, every_n_steps

    @property
    def measures(self) -> list[str]:
        """The metrics that it may log."""
        return [f"val/{name}" for name in self._check.names]

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        for name in self.measures:
            trainer.callback_metrics.pop(name, None)

    def on_validation_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        # During the validation, not after it: averaged weights are in place only then.
        if batch_idx or trainer.sanity_checking or trainer.state.fn != "fit" or not self._is_due(trainer):
            return
        assert isinstance(pl_module, AutoencoderModule)
        measured = self._check(pl_module.net, pl_module.card) if trainer.is_global_zero else {}
        for name, value in trainer.strategy.broadcast(measured).items():
            pl_module.log(f"val/{name}", value, on_epoch=True, batch_size=1)

    def _is_due(self, trainer: pl.Trainer) -> bool:
        """A function of the step alone, so that a resumed run measures when an uninterrupted one does."""
        step, every = trainer.global_step, self._every_n_steps
        before = step - int(trainer.val_check_interval) // trainer.accumulate_grad_batches
        return step // every > max(before, 0) // every or step == trainer.max_steps
