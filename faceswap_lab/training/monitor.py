"""A metric that something is decided by: the best checkpoint, an early end, a search's trial."""

from collections.abc import Collection
from typing import Literal, Protocol, runtime_checkable

import pytorch_lightning as pl

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.preflight import nearest
from faceswap_lab.evaluation.better import BEST, figure_of

Mode = Literal["max", "min"]


@runtime_checkable
class Measures(Protocol):
    """A callback that measures some metrics at some validations only."""

    @property
    def measures(self) -> Collection[str]:
        """Their names."""
        ...


def mode_of(metric: str, mode: str | None, *, key: str) -> Mode:
    """Whether high or low values of a metric are good, where nobody says so.

    Args:
        metric: Its name, ``val/l1_ada`` for example.
        mode: ``max`` or ``min``, or None.
        key: Of the option, for the message.

    Raises:
        ConfigError: The mode is another word, or the metric has no good end that is known.
    """
    if mode == "max" or mode == "min":
        return mode
    if mode is not None:
        raise ConfigError(f"{key}.mode={mode} must be max, min or null")
    figure = figure_of(metric)
    end = None if figure is None else BEST[figure]
    if end == "low" or metric.startswith(("train/loss", "train/l1")):
        return "min"
    if end == "high":
        return "max"
    raise ConfigError(f"{key}.monitor={metric}: give {key}.mode=max or min, which of its ends is good is not known")


def measured(trainer: pl.Trainer, metric: str, *, key: str) -> float | None:
    """The metric's value, or None where this validation does not measure it and another one will.

    Args:
        trainer: After a validation.
        metric: Its name.
        key: Of the option, for the message.

    Raises:
        ConfigError: The run measures nothing of this name.
    """
    if metric in trainer.callback_metrics:
        return float(trainer.callback_metrics[metric])
    promised = _promised(trainer)
    if metric in promised:
        return None
    known = nearest(metric, [*map(str, trainer.callback_metrics), *promised])
    raise ConfigError(f"{key}.monitor={metric} is not measured at validations{known}")


def _promised(trainer: pl.Trainer) -> list[str]:
    callbacks: list[object] = [*getattr(trainer, "callbacks", [])]
    return [name for callback in callbacks if isinstance(callback, Measures) for name in callback.measures]
