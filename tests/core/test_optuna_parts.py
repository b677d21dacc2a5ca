"""Samplers and pruners by name, and studies that are found again."""

from pathlib import Path

import optuna
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.optuna_parts import _PRUNERS, make_pruner, make_sampler, open_study


@pytest.mark.parametrize("kind", ["tpe", "random", "qmc", "nsga2"])
def test_the_same_seed_proposes_the_same(kind: str) -> None:
    def proposed(seed: int) -> list[float]:
        study = optuna.create_study(sampler=make_sampler({"kind": kind}, seed=seed))
        return [study.ask({"x": optuna.distributions.FloatDistribution(0, 1)}).params["x"] for _ in range(3)]

    assert proposed(1) == proposed(1)
    assert proposed(1) != proposed(2)


def test_options_reach_the_pruner() -> None:
    pruner = make_pruner({"kind": "median", "n_startup_trials": 3, "n_warmup_steps": 40})
    assert isinstance(pruner, optuna.pruners.MedianPruner)
    assert (pruner._n_startup_trials, pruner._n_warmup_steps) == (3, 40)


NEEDED = {"percentile": {"percentile": 25.0}, "patient": {"patience": 2}, "threshold": {"lower": 0.1}}


@pytest.mark.parametrize("kind", sorted(_PRUNERS))
def test_every_pruner_can_be_had(kind: str) -> None:
    assert isinstance(make_pruner({"kind": kind, **NEEDED.get(kind, {})}), optuna.pruners.BasePruner)


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"kind": "medain"}, r"pruner\.kind=medain does not exist; did you mean median"),
        ({"kind": "median", "warmup": 3}, "warmup"),
        ({}, r"kind=None does not exist"),
    ],
)
def test_a_mistake_is_one_line(node: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        make_pruner(node)
    assert "\n" not in str(caught.value)


def test_a_study_is_found_again_but_not_with_other_aims(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'optuna.db'}"
    open_study(storage, "one", ["maximize"]).add_trial(optuna.trial.create_trial(value=0.5))
    assert [trial.value for trial in open_study(storage, "one", ["maximize"]).trials] == [0.5]
    with pytest.raises(ConfigError, match="goes for maximize, not minimize; choose another output"):
        open_study(storage, "one", ["minimize"])
    with pytest.raises(ConfigError, match=r"hydra\.sweeper\.storage"):
        open_study("nonsense", "one", ["maximize"])
