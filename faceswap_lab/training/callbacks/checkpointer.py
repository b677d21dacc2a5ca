"""Keeps three checkpoints: where the run is, where it was before, and the best it has been."""

import contextlib
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint

from faceswap_lab.core.files import atomic_path, remove_leftovers
from faceswap_lab.core.model_card import describe_checkpoint
from faceswap_lab.training.csv_log import CsvLog
from faceswap_lab.training.monitor import measured, mode_of

_KEY = "callbacks.checkpointer"


class Checkpointer(Checkpoint):
    """Writes ``last.ckpt``, ``previous.ckpt`` and ``best.ckpt`` to ``checkpoints/`` in the run folder, each with its
    model card beside it.

    ``last`` is written after every validation, the last step's among them, and in between when it has grown old; with
    an atomic writer it is whole whenever the run is killed. ``best`` is the ``last`` of the best validation;
    ``previous`` is the ``last`` before, for the case that a disk damages the file.

    Args:
        monitor: Name of the metric that says what is best; validations that do not measure it are never the best.
        mode: Whether ``max`` or ``min`` of it is best; None: by its name.
        every_s: Age in seconds at which ``last`` is renewed between two validations; costs its writing time.
        every_n_steps: Steps after which it is renewed as well; none leaves that to the age.

    Raises:
        ConfigError: The metric has no good end that is known.
    """

    def __init__(
        self,
        monitor: str = "val/ssim",
        *,
        mode: str | None = None,
        every_s: float = 60.0,
        every_n_steps: int | None = None,
    ) -> None:
        self.monitor, self._sign = monitor, 1.0 if mode_of(monitor, mode, key=_KEY) == "max" else -1.0
        self._every_s, self._every_n_steps = every_s, every_n_steps
        self._best: float | None = None
        self._best_step: int | None = None
        self._saved_at_s = 0.0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._saved_at_s = time.monotonic()
        if trainer.is_global_zero:
            remove_leftovers(_folder(trainer))
        best = _folder(trainer) / "best.ckpt"
        if trainer.ckpt_path is not None and self._best_step == trainer.global_step and trainer.is_global_zero:
            _copy(Path(trainer.ckpt_path), best)  # the run may have been killed before that
        if not best.exists():
            self._best = None  # resumed into another folder: what is best there is still to be found

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if (batch_idx + 1) % trainer.accumulate_grad_batches:
            return  # the gradient gathered so far would be lost
        step = trainer.global_step
        due = self._every_n_steps is not None and step % self._every_n_steps == 0
        # Processes must agree to save, for all take part in it; their clocks do not.
        old = trainer.world_size == 1 and time.monotonic() - self._saved_at_s > self._every_s
        last = step == trainer.max_steps
        unmeasured = last and not trainer.enable_validation
        # Not just before a validation: a run that goes on from there would leave it out.
        interval = trainer.val_check_interval
        measured = trainer.enable_validation and (last or step * trainer.accumulate_grad_batches % interval == 0)
        if unmeasured or ((due or old) and not measured):
            _write_figures(trainer)
            self._save_last(trainer)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Saves.

        Raises:
            ConfigError: The run measures nothing of the monitor's name.
        """
        if trainer.sanity_checking or trainer.state.fn != "fit":
            return
        value = measured(trainer, self.monitor, key=_KEY)
        better = value is not None and self._is_better(value)
        if better:
            self._best_step = trainer.global_step
        self._save_last(trainer)
        if better and trainer.is_global_zero:
            _copy(_folder(trainer) / "last.ckpt", _folder(trainer) / "best.ckpt")

    def state_dict(self) -> dict[str, Any]:
        return {"best": self._best, "best_step": self._best_step}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        self._best = state_dict["best"]
        self._best_step = state_dict.get("best_step")  # older checkpoints do not say

    def _is_better(self, value: float) -> bool:
        score = self._sign * value
        if self._best is not None and not score > self._best:
            return False
        self._best = score
        return True

    def _save_last(self, trainer: pl.Trainer) -> None:
        last = _folder(trainer) / "last.ckpt"
        if trainer.is_global_zero and last.exists():
            _copy(last, last.with_name("previous.ckpt"))
        trainer.save_checkpoint(last, weights_only=False)
        if trainer.is_global_zero:
            describe_checkpoint(last)
        self._saved_at_s = time.monotonic()


def _write_figures(trainer: pl.Trainer) -> None:
    """Puts a step's row into the table before its checkpoint is written: a kill must not come between the two."""
    settings: Any = trainer  # Lightning sets it without declaring it
    if trainer.global_step % settings.log_every_n_steps:
        return
    figures = {name: float(value) for name, value in trainer.logged_metrics.items() if name.startswith("train/")}
    for log in trainer.loggers:
        if isinstance(log, CsvLog):
            log.log_metrics(figures, step=trainer.global_step - 1)
            log.save()


def _folder(trainer: pl.Trainer) -> Path:
    return Path(trainer.default_root_dir) / "checkpoints"


def _copy(source: Path, destination: Path) -> None:
    """A second name for the same bytes where the file system allows: ``last`` is replaced, never written into."""
    if not (destination.exists() and destination.samefile(source)):
        with atomic_path(destination) as temporary:
            _link(source, temporary)
    describe_checkpoint(destination)


def _link(source: Path, destination: Path) -> None:
    with contextlib.suppress(OSError):
        os.link(source, destination)
        return
    shutil.copyfile(source, destination)
