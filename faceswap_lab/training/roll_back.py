"""Going back: a run that diverged continues from its last checkpoint, more carefully."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import pytorch_lightning as pl

from faceswap_lab.core.checkpoint import CARD_KEY, read_checkpoint
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.training.callbacks.finite import DivergedError

logger = logging.getLogger("faceswap_lab")


class LowerRate(pl.Callback):
    """Multiplies all learning rates, those to come of a schedule among them, when training starts.

    Args:
        factor: Above 0.
    """

    def __init__(self, factor: float) -> None:
        self._factor = factor

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                for key in ("lr", "initial_lr"):
                    if key in group:
                        group[key] = group[key] * self._factor
        for config in trainer.lr_scheduler_configs:
            config.scheduler.base_lrs = [rate * self._factor for rate in config.scheduler.base_lrs]


def with_roll_backs(train: Callable[[Path | None, Sequence[pl.Callback]], float], *, last: Path, times: int) -> float:
    """Trains, and where the loss stops being a number goes on from the last checkpoint at half the learning rate.

    Args:
        train: Gets the checkpoint to go on from, None for the one that was asked for anyway, and callbacks to add.
        last: Where a run keeps its last checkpoint, which holds finite weights only.
        times: How often to go back; 0 never does.

    Returns:
        What ``train`` returns.

    Raises:
        ConfigError: ``times`` is negative.
        DivergedError: It did so once more, or before there was a checkpoint.
    """
    if times < 0:
        raise ConfigError(f"roll_back={times} must be 0 (never) or more")
    checkpoint: Path | None = None
    extra: Sequence[pl.Callback] = ()
    left, halvings, seen = times, 0, -1
    while True:
        try:
            return train(checkpoint, extra)
        except DivergedError as error:
            if not left or not last.is_file():
                raise
            left -= 1
            step = int(read_checkpoint(last)[CARD_KEY]["steps"])
            # The same checkpoint again holds the rate that was too high; a newer one has the lowered rate already.
            halvings = halvings + 1 if step == seen else 1
            seen, checkpoint, extra = step, last, [LowerRate(0.5**halvings)]
            logger.warning("%s: going back to step %d with half the learning rate", error.what, step)
