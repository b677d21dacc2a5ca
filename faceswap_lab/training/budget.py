"""Turns a time budget into a number of steps before the run, so that the run itself never looks at a clock."""

import logging
import math
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Protocol

import pytorch_lightning as pl
from pytorch_lightning.utilities.seed import isolate_rng

from faceswap_lab.core.errors import ConfigError

_WARMUP_STEPS = 3
_MEASURED_STEPS = (4, 100)  # at least, at most
_PROBE_SHARE = 0.02  # of the budget
_LITTLE = 0.5  # of the budget: a run that used less was measured at a bad moment
_RESERVE = 0.06  # of the budget, for validations, previews and checkpoints
_CHECKS = 0.02  # of the budget, for what is measured besides

VALIDATIONS = 20
"""In a run, about."""

logger = logging.getLogger(__name__)


class TrainerFactory(Protocol):
    """Builds a trainer from the configured arguments and these."""

    def __call__(self, **kwargs: Any) -> pl.Trainer: ...


class _StepTimer(pl.Callback):
    """Stops the probe when it has seen enough."""

    def __init__(self, enough_s: float) -> None:
        self._enough_s = enough_s
        self._ends_s: list[float] = []

    @property
    def batch_s(self) -> float:
        """The median, which a moment's disturbance of the machine does not move."""
        return statistics.median(now_s - before_s for before_s, now_s in pairwise(self._ends_s[_WARMUP_STEPS - 1 :]))

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._ends_s.append(time.monotonic())
        measured = len(self._ends_s) - _WARMUP_STEPS
        if measured < 1:
            return
        least, most = _MEASURED_STEPS
        spent_s = self._ends_s[-1] - self._ends_s[_WARMUP_STEPS - 1]
        if measured >= most or (measured >= least and spent_s >= self._enough_s):
            trainer.should_stop = True


def steps_for(
    minutes: float,
    *,
    make_module: Callable[[], pl.LightningModule],
    data: pl.LightningDataModule,
    make_trainer: TrainerFactory,
    besides_s: float = 0.0,
) -> int:
    """How many optimiser steps fit into a time, by training a copy for a few of them, data included.

    Global random state, the network and the data's order are left as they were.

    Args:
        minutes: The budget, without start-up; a share of it is kept for validations and checkpoints.
        make_module: Builds a module around *copies* of what is to be trained.
        data: The data of the run.
        make_trainer: Builds the run's trainer, so that device and precision are the same.
        besides_s: Seconds of the budget for what is measured besides.

    Returns:
        At least 1.

    Raises:
        ConfigError: The budget is not positive, or the run has several processes, which would not agree.
    """
    if not minutes > 0:
        raise ConfigError(f"minutes={minutes} must be more than 0")
    began_s = time.monotonic()
    timer = _StepTimer(_PROBE_SHARE * minutes * 60)
    with isolate_rng():
        trainer = make_trainer(
            max_steps=_WARMUP_STEPS + _MEASURED_STEPS[1],
            callbacks=[timer],
            logger=False,
            limit_val_batches=0,
            enable_checkpointing=False,
            enable_progress_bar=False,
        )
        if trainer.world_size > 1:
            raise ConfigError("minutes= works with one process; give trainer.max_steps instead")
        trainer.fit(make_module(), datamodule=data)
    left_s = minutes * 60 * (1 - _RESERVE) - besides_s - (time.monotonic() - began_s)
    step_s = timer.batch_s * trainer.accumulate_grad_batches
    steps = max(1, int(left_s / step_s))
    logger.info("%.0f ms a step: %d steps in %g minutes", step_s * 1000, steps, minutes)
    return steps


def warn_if_unused(minutes: float, *, spent_s: float, steps: int) -> None:
    """Says so when a run ended long before its budget: the machine was slower while the probe looked than afterwards.

    The number of steps is not corrected during a run, which would make its result depend on a clock.

    Args:
        minutes: The budget.
        spent_s: What training took.
        steps: Those that the probe chose.
    """
    budget_s = minutes * 60
    if spent_s < _LITTLE * budget_s:
        suggested = int(steps * budget_s * (1 - _RESERVE) / max(spent_s, 1.0))
        logger.warning(
            "training took %.0f s of the %.0f s of minutes=%g: the machine was slower while the speed was measured; "
            "repeat with trainer.max_steps=%d",
            spent_s,
            budget_s,
            minutes,
            suggested,
        )


def validation_interval(
    max_steps: int, *, validation_faces: int, faces_per_step: int, wanted: int | None = None
) -> int:
    """Steps between two validations: about twenty of them in a run, fewer where they would cost over 5 % of it.

    Args:
        max_steps: Length of the run.
        validation_faces: Faces that a validation looks at; drawing one costs a third of training on one.
        faces_per_step: Faces of a training step.
        wanted: Steps that somebody asked for instead, at least 1, whatever they cost.
    """
    if wanted is not None:
        return min(max_steps, wanted)
    cost_steps = validation_faces / 3 / faces_per_step
    return min(max_steps, max(math.ceil(max_steps / VALIDATIONS), math.ceil(20 * cost_steps), 1))


def affordable(minutes: float, *, seconds: float) -> int:
    """How many times a run of so many minutes can do something: at 2 % of its time, and at most at every validation.

    Args:
        minutes: The budget.
        seconds: What it takes once.
    """
    return min(VALIDATIONS, int(_CHECKS * minutes * 60 / max(seconds, 1e-9)))
