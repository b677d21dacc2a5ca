"""Ends a run that has stopped getting better."""

import logging
from collections.abc import Mapping
from typing import Any

import pytorch_lightning as pl

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.training.monitor import measured, mode_of

logger = logging.getLogger(__name__)

_KEY = "callbacks.early_stop"


class EarlyStop(pl.Callback):
    """Stops once a metric has not been better for so many measurements.

    The run ends as one does that has reached its last step, with checkpoint and figures; ``best.ckpt`` holds its best
    where it monitors the same metric. Validations that do not measure the metric do not count.

    Args:
        monitor: Name of the metric.
        patience: Measurements in a row without a better value after which the run ends.
        least: By how much a value must be better to count.
        mode: Whether ``max`` or ``min`` of it is good; None: by its name.

    Raises:
        ConfigError: A value is out of its range, or the metric has no good end that is known.
    """

    def __init__(
        self, monitor: str = "val/ssim", *, patience: int = 5, least: float = 0.0, mode: str | None = None
    ) -> None:
        if patience < 1 or least < 0:
            raise ConfigError(f"{_KEY}: patience={patience} must be 1 or more, least={least} 0 or more")
        self.monitor, self._patience, self._least = monitor, patience, least
        self._sign = 1.0 if mode_of(monitor, mode, key=_KEY) == "max" else -1.0
        self._best: float | None = None
        self._in_vain = 0

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Counts, and stops.

        Raises:
            ConfigError: The run measures nothing of this name.
        """
        if trainer.sanity_checking or trainer.state.fn != "fit":
            return
        value = measured(trainer, self.monitor, key=_KEY)
        if value is None:
            return
        score = self._sign * value
        better = self._best is None or score > self._best + self._least
        self._best, self._in_vain = (score, 0) if better else (self._best, self._in_vain + 1)
        if self._in_vain >= self._patience and trainer.global_step < trainer.max_steps:
            logger.info(
                "step %d: %s was not better for %d measurements; the run ends here",
                trainer.global_step,
                self.monitor,
                self._in_vain,
            )
            trainer.should_stop = True

    def state_dict(self) -> dict[str, Any]:
        return {"best": self._best, "in_vain": self._in_vain}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        self._best, self._in_vain = state_dict["best"], state_dict["in_vain"]
