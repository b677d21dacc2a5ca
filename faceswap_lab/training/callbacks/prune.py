"""Ends a run early that a search need not see to its end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from faceswap_lab.core.optuna_parts import PRUNED, STUDY_FILE, make_pruner
from faceswap_lab.training.monitor import measured


class PruneByOptuna(pl.Callback):
    """Reports a metric to a trial of an Optuna study whenever it is measured, and stops the run if the pruner says so.

    The search sets all of this; the run ends as one does that has reached its last step, with checkpoint and figures.

    Args:
        storage: URL of the study's database; none is ``optuna.db`` beside the run's folder.
        study: Its name.
        trial: The trial's number in it.
        monitor: Name of the metric.
        pruner: ``kind`` and options, as the search has them.
    """

    def __init__(
        self, *, storage: str | None = None, study: str, trial: int, monitor: str, pruner: Mapping[str, Any]
    ) -> None:
        self._storage, self._study, self._trial, self.monitor = storage, study, trial, monitor
        self._pruner = dict(pruner)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Reports, and asks.

        Raises:
            ConfigError: The run measures nothing of this name.
        """
        if trainer.sanity_checking or trainer.state.fn != "fit":
            return
        value = measured(trainer, self.monitor, key="callbacks.prune")
        if value is None:
            return
        import optuna

        storage = self._storage or f"sqlite:///{Path(trainer.default_root_dir).parent / STUDY_FILE}"
        study = optuna.load_study(study_name=self._study, storage=storage, pruner=make_pruner(self._pruner))
        trial = optuna.trial.Trial(study, study.get_trials(deepcopy=False)[self._trial]._trial_id)
        step = trainer.global_step
        if step not in study.get_trials(deepcopy=False)[self._trial].intermediate_values:  # a resumed run reports again
            trial.report(value, step)
        if step < trainer.max_steps and trial.should_prune():
            trial.set_user_attr(PRUNED, step)
            trainer.should_stop = True
