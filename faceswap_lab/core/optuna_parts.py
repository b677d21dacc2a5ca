"""Optuna's studies, samplers and pruners, by name and options; Optuna itself is imported when one is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.preflight import nearest

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler
    from optuna.study import Study

Direction = Literal["maximize", "minimize"]

PRUNED = "pruned_at_step"
"""Name of the attribute that a trial has whose run was ended early."""

STUDY_FILE = "optuna.db"
"""The database in a study's folder."""

_SAMPLERS = {"tpe": "TPESampler", "random": "RandomSampler", "qmc": "QMCSampler", "nsga2": "NSGAIISampler"}
_PRUNERS = {
    "none": "NopPruner",
    "median": "MedianPruner",
    "percentile": "PercentilePruner",
    "successive_halving": "SuccessiveHalvingPruner",
    "hyperband": "HyperbandPruner",
    "patient": "PatientPruner",
    "threshold": "ThresholdPruner",
}


def make_sampler(node: Mapping[str, Any], *, seed: int) -> BaseSampler:
    """The sampler of ``{kind: tpe, n_startup_trials: 5}``.

    Raises:
        ConfigError: The kind or an option of it does not exist.
    """
    import optuna

    return _make("sampler", node, _SAMPLERS, optuna.samplers, seed=seed)


def make_pruner(node: Mapping[str, Any]) -> BasePruner:
    """The pruner of ``{kind: median, n_warmup_steps: 100}``.

    Raises:
        ConfigError: The kind or an option of it does not exist.
    """
    import optuna

    return _make("pruner", node, _PRUNERS, optuna.pruners)


def open_study(storage: str, name: str, directions: Sequence[Direction], *, pruner: BasePruner | None = None) -> Study:
    """Creates a study, or goes on with one of the same name.

    Raises:
        ConfigError: It is there already with other directions, or the storage cannot be opened.
    """
    import optuna
    from optuna.exceptions import OptunaError
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        study = optuna.create_study(
            storage=storage, study_name=name, directions=list(directions), pruner=pruner, load_if_exists=True
        )
    except (OptunaError, SQLAlchemyError, ValueError, ImportError) as error:
        raise ConfigError(f"hydra.sweeper.storage={storage}: {str(error).splitlines()[0]}") from error
    known = [direction.name.lower() for direction in study.directions]
    if known != list(directions):
        raise ConfigError(
            f"the study {name} of {storage} goes for {', '.join(known)}, not {', '.join(directions)}; "
            "choose another output"
        )
    return study


def _make(what: str, node: Mapping[str, Any], kinds: Mapping[str, str], module: Any, **more: Any) -> Any:
    options = dict(node)
    kind = str(options.pop("kind", None))
    if kind not in kinds:
        raise ConfigError(f"hydra.sweeper.{what}.kind={kind} does not exist{nearest(kind, kinds)}")
    if kind == "patient":  # Optuna's wraps another
        more = {"wrapped_pruner": None, **more}
    try:
        return getattr(module, kinds[kind])(**options, **more)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"hydra.sweeper.{what}: {error}") from error
