"""How far the run is: a bar on a terminal, a line now and then in a log."""

import logging
import sys
import time
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import ProgressBar
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

logger = logging.getLogger(__name__)


class TrainingProgress(ProgressBar):
    """Shows step, loss, held-out SSIM and speed on standard error.

    Args:
        every_s: Seconds between two lines where standard error is not a terminal.
    """

    def __init__(self, *, every_s: float = 10.0) -> None:
        super().__init__()
        self._every_s = every_s
        self._bar: Progress | None = None
        self._enabled = True
        self._shown_s = self._start_s = 0.0
        self._first_step = 0

    def disable(self) -> None:
        self._enabled = False

    def enable(self) -> None:
        self._enabled = True

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._start_s = self._shown_s = time.monotonic()
        self._first_step = trainer.global_step
        if self._enabled and sys.stderr.isatty():
            columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
            self._bar = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True))
            self._bar.start()
            self._bar.add_task("", total=_last_step(trainer), completed=trainer.global_step)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        now_s = time.monotonic()
        every_s = 0.2 if self._bar is not None else self._every_s
        if not self._enabled or (now_s - self._shown_s < every_s and trainer.global_step != trainer.max_steps):
            return
        self._shown_s = now_s
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=trainer.global_step, description=_figures(trainer))
            return
        spent_s, done = now_s - self._start_s, trainer.global_step - self._first_step
        last = _last_step(trainer)
        left = "" if last is None else f", {spent_s / max(done, 1) * (last - trainer.global_step):.0f} s left"
        logger.info(
            "step %d%s, %s, %.0f s%s",
            trainer.global_step,
            "" if last is None else f"/{last}",
            _figures(trainer),
            spent_s,
            left,
        )

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._close()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _last_step(trainer: pl.Trainer) -> int | None:
    return trainer.max_steps if trainer.max_steps >= 0 else None


def _figures(trainer: pl.Trainer) -> str:
    metrics = trainer.callback_metrics
    shown = (("loss", "train/loss", ".4f"), ("ssim", "val/ssim", ".3f"), ("faces/s", "train/samples_per_s", ".0f"))
    return ", ".join(f"{label} {float(metrics[name]):{form}}" for label, name, form in shown if name in metrics)
