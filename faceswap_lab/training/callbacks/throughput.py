"""How fast the run is, and how long it has trained, over all its sessions."""

import time
from collections import deque
from collections.abc import Mapping
from typing import Any

import pytorch_lightning as pl

from faceswap_lab.training.module import AutoencoderModule


class Throughput(pl.Callback):
    """Logs ``train/samples_per_s`` and ``train/seconds``, and keeps the card's ``train_seconds`` and ``samples_per_s``.

    Args:
        every_n_steps: Between two log entries, which are means over these steps. Pauses, as for a validation, do not
            count towards the speed; they do count as time spent.
    """

    def __init__(self, *, every_n_steps: int = 20) -> None:
        self._every_n_steps = every_n_steps
        self._durations_s: deque[float] = deque(maxlen=every_n_steps)
        self._earlier_s = 0.0  # in sessions before this one
        self._training_s = 0.0  # in steps alone, and the samples seen in them, over all sessions
        self._samples = 0
        self._start_s = self._last_s = 0.0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._start_s = self._last_s = time.monotonic()

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._last_s = time.monotonic()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        now_s = time.monotonic()
        duration_s, self._last_s = now_s - self._last_s, now_s
        samples = sum(len(faces.warped_B3SS) for faces in batch.values()) * trainer.world_size
        self._durations_s.append(duration_s)
        self._training_s += duration_s
        self._samples += samples
        if (batch_idx + 1) % self._every_n_steps == 0:
            pl_module.log("train/samples_per_s", samples * len(self._durations_s) / sum(self._durations_s))
            pl_module.log("train/seconds", self._spent_s())

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        assert isinstance(pl_module, AutoencoderModule)
        pl_module.card["train_seconds"] = self._spent_s()
        pl_module.card["samples_per_s"] = self._samples / max(self._training_s, 1e-9)

    def state_dict(self) -> dict[str, Any]:
        return {"spent_s": self._spent_s(), "training_s": self._training_s, "samples": self._samples}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        self._earlier_s = state_dict["spent_s"]
        self._training_s, self._samples = state_dict["training_s"], state_dict["samples"]

    def _spent_s(self) -> float:
        return self._earlier_s + (time.monotonic() - self._start_s)
