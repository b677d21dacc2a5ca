"""Searches instead of trying everything: Optuna proposes what ``train -m`` runs, in a study that can be continued.

Hydra loads sweepers of packages called ``hydra_plugins`` only, and the one that exists for Optuna wants a version of it
that cannot keep a study on the disk. So this one is given to Hydra by ``register_optuna``, under such a name.
"""

from __future__ import annotations

import importlib.util
import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import atomic_write_text
from faceswap_lab.core.metrics_table import last_metrics
from faceswap_lab.core.optuna_parts import PRUNED, STUDY_FILE, make_pruner, make_sampler, open_study
from faceswap_lab.core.overrides import override
from faceswap_lab.core.preflight import nearest
from faceswap_lab.core.search_space import search_space

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import FrozenTrial

logger = logging.getLogger("faceswap_lab")

_NAME = "hydra_plugins.faceswap_lab.OptunaSweeper"
_FOLDER = "folder"
_CALLBACK = "faceswap_lab.training.callbacks.prune.PruneByOptuna"


def register_optuna() -> None:
    """Lets ``hydra/sweeper=faceswap_optuna`` choose this sweeper; ``conf/hparams_search`` does."""
    node = {
        "_target_": _NAME,
        "objectives": ["max val/ssim"],
        "trials": 20,
        "params": {},
        "sampler": {"kind": "tpe"},
        "pruner": {"kind": "none"},
        "seed": 1,
        "max_batch_size": 1,
        "storage": None,
    }
    ConfigStore.instance().store(group="hydra/sweeper", name="faceswap_optuna", node=node, provider="faceswap-lab")
    Plugins.instance().class_name_to_class[_NAME] = OptunaSweeper


class OptunaSweeper(Sweeper):
    """Runs trials until enough of them have finished; each is a job in ``trial_0000`` and so on.

    The same command goes on with the study: trials that broke off or failed run again in their folders, finished ones
    count. What is proposed depends on the seed, the trial's number and what earlier trials found.

    Args:
        objectives: Columns of ``metrics.csv``, each as ``max NAME`` or ``min NAME``; the last value counts. Several
            make a front of trials that no other beats in all.
        trials: Trials to have finished, pruned ones among them.
        params: Key to override with a choice in it, beside those of the command line, which win.
        sampler: ``kind``, and options of Optuna's class.
        pruner: The same; a run is pruned by the objective at its validations.
        seed: Of the sampler.
        max_batch_size: Trials that a launcher is given at a time.
        storage: URL of the database; none is ``optuna.db`` in the study's folder.
    """

    def __init__(
        self,
        *,
        objectives: Sequence[str],
        trials: int,
        params: Mapping[str, Any],
        sampler: Mapping[str, Any],
        pruner: Mapping[str, Any],
        seed: int,
        max_batch_size: int,
        storage: str | None,
    ) -> None:
        self._goals, self._trials, self._params = list(objectives), trials, dict(params)
        self._sampler, self._pruner, self._seed = dict(sampler), dict(pruner), seed
        self._batch, self._storage = max_batch_size, storage

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self._context, self._config = hydra_context, config
        self._launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        self._check()
        folder = Path(self._config.hydra.sweep.dir)
        folder.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self._config, folder / "multirun.yaml")
        storage = self._storage or f"sqlite:///{folder / STUDY_FILE}"
        study = open_study(
            storage,
            folder.name,
            ["maximize" if goal.startswith("max ") else "minimize" for goal in self._goals],
            pruner=make_pruner(self._pruner),
        )
        parser = OverridesParser.create(config_loader=self._context.config_loader)
        parsed = parser.parse_overrides([*(f"{key}={value}" for key, value in self._params.items()), *arguments])
        space = search_space(parsed)
        fixed = [str(one.input_line) for one in parsed if not one.is_sweep_override()]
        if not space:
            raise ConfigError("nothing to search: give hydra.sweeper.params, or KEY=interval(…) or KEY=a,b with -m")
        again = _broken(study)
        failed = 0
        while (wanted := self._trials - len(_finished(study)) - failed) > 0:
            numbers = [self._next(study, space, again) for _ in range(min(self._batch, wanted))]
            failed += self._run(study, folder, numbers, fixed)
        if _finished(study):
            _write_best(study, self._metrics, folder)

    @property
    def _metrics(self) -> list[str]:
        return [goal[4:].strip() for goal in self._goals]

    def _check(self) -> None:
        # Not in the constructor: Hydra would wrap what is raised there.
        if importlib.util.find_spec("optuna") is None:
            raise ConfigError("hparams_search needs Optuna; pip install 'faceswap-lab[sweep]'")
        for goal in self._goals:
            if not goal.startswith(("max ", "min ")):
                raise ConfigError(f"hydra.sweeper.objectives: {goal}: write max METRIC or min METRIC")
        if not self._goals:
            raise ConfigError("hydra.sweeper.objectives is empty; write [max METRIC]")
        if len(self._goals) > 1 and self._pruner["kind"] != "none":
            raise ConfigError("hydra.sweeper.pruner: runs of several objectives cannot be pruned; set its kind to none")
        if self._trials < 1 or self._batch < 1:
            raise ConfigError("hydra.sweeper.trials and max_batch_size must be at least 1")

    def _next(self, study: Study, space: Mapping[str, BaseDistribution], again: list[FrozenTrial]) -> int:
        """The number of a trial to run: of one that broke off, of a failed one's successor, or of a new one."""
        if again:
            old = again.pop(0)
            if not old.state.is_finished():
                return old.number
            study.enqueue_trial(old.params, user_attrs={_FOLDER: old.user_attrs[_FOLDER]})
        number = len(study.get_trials(deepcopy=False))
        study.sampler = make_sampler(self._sampler, seed=self._seed + number)
        try:
            trial = study.ask(dict(space))
        except ValueError as error:  # a choice that an earlier trial did not have
            raise ConfigError(
                f"the study was begun with another search space ({error}); choose another output"
            ) from error
        if _FOLDER not in trial.user_attrs:
            trial.set_user_attr(_FOLDER, f"trial_{trial.number:04d}")
        return trial.number

    def _run(self, study: Study, folder: Path, numbers: Sequence[int], fixed: Sequence[str]) -> int:
        """Runs trials and tells the study what came of them; returns how many failed."""
        from optuna.trial import TrialState

        trials = [study.get_trials(deepcopy=False)[number] for number in numbers]
        jobs = [[*fixed, *self._overrides(study, trial)] for trial in trials]
        returned = self._launcher.launch(jobs, initial_job_idx=numbers[0])
        failed = 0
        for trial, job in zip(trials, returned, strict=True):
            score = float(job.return_value)
            values = [] if math.isnan(score) else self._values(folder / trial.user_attrs[_FOLDER])
            if not values or not all(map(math.isfinite, values)):
                study.tell(trial.number, state=TrialState.FAIL)
                failed += 1
            elif PRUNED in study.get_trials(deepcopy=False)[trial.number].user_attrs:
                study.tell(trial.number, state=TrialState.PRUNED)
            else:
                study.tell(trial.number, values)
        return failed

    def _overrides(self, study: Study, trial: FrozenTrial) -> list[str]:
        words = [f"{key}={value}" for key, value in trial.params.items()]
        words.append(f"hydra.sweep.subdir={trial.user_attrs[_FOLDER]}")
        if self._pruner["kind"] != "none":
            told = {"_target_": _CALLBACK, "study": study.study_name, "monitor": self._metrics[0]}
            if (
                self._storage is not None
            ):  # else the run finds it beside its folder: no path of this machine in the card
                told["storage"] = self._storage
            words += [f"++callbacks.prune.{override(key, value)}" for key, value in told.items()]
            words += [f"++callbacks.prune.trial={trial.number}"]
            words += [f"++callbacks.prune.pruner.{key}={value}" for key, value in self._pruner.items()]
        return words

    def _values(self, folder: Path) -> list[float]:
        known = last_metrics(folder)
        for name in self._metrics:
            if name not in known:
                hint = nearest(name, known) if known else "; the run has no metrics.csv"
                raise ConfigError(f"hydra.sweeper.objectives: {name} is not a metric of the run{hint}")
        return [known[name] for name in self._metrics]


def _finished(study: Study) -> list[FrozenTrial]:
    from optuna.trial import TrialState

    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def _broken(study: Study) -> list[FrozenTrial]:
    """Trials that another session left running, and failed ones whose folder no later trial took over."""
    from optuna.trial import TrialState

    latest = {trial.user_attrs[_FOLDER]: trial for trial in study.get_trials() if _FOLDER in trial.user_attrs}
    return [trial for trial in latest.values() if trial.state in (TrialState.RUNNING, TrialState.FAIL)]


def _write_best(study: Study, names: Sequence[str], folder: Path) -> None:
    rows = [
        {
            "trial": trial.user_attrs[_FOLDER],
            "values": dict(zip(names, trial.values, strict=True)),
            "params": dict(trial.params),
        }
        for trial in study.best_trials
    ]
    atomic_write_text(folder / "best.yaml", OmegaConf.to_yaml(OmegaConf.create(rows)))
    for row in rows[:3]:
        found = ", ".join(f"{name}={value:.4g}" for name, value in row["values"].items())
        logger.info("best: %s, %s with %s", row["trial"], found, " ".join(f"{k}={v}" for k, v in row["params"].items()))
