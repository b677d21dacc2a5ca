"""Searches by Optuna: a study on the disk that goes on, pruning, several objectives, failures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
import torch
import yaml
from optuna.trial import TrialState

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.metrics_table import last_metrics, read_metrics
from faceswap_lab.core.optuna_parts import PRUNED
from faceswap_lab.training.callbacks.prune import PruneByOptuna
from faceswap_lab.training.callbacks.swaps import Swaps
from faceswap_lab.training.fit import default_callbacks, fit

Cli = Callable[..., Any]
pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def words(tiny: list[str], folders: dict[str, str]) -> list[str]:
    return ["train", "-m", *tiny, *(f"facesets.{name}={folder}" for name, folder in folders.items())]


def load(study: Path) -> optuna.Study:
    return optuna.load_study(study_name=study.name, storage=f"sqlite:///{study / 'optuna.db'}")


def test_a_search_keeps_its_study_and_goes_on_with_it(run_cli: Cli, words: list[str], tmp_path: Path) -> None:
    study = tmp_path / "study"
    command = [*words, "hparams_search=rate_and_loss", f"output={study}"]
    result = run_cli([*command, "hydra.sweeper.trials=2"])
    assert result.code == 0, result.stderr
    trials = load(study).trials
    assert [trial.state for trial in trials] == [TrialState.COMPLETE] * 2
    for trial in trials:
        folder = study / f"trial_{trial.number:04d}"
        assert trial.value == last_metrics(folder)["val/ssim"]
        config = yaml.safe_load((folder / "config.yaml").read_text())
        assert config["optimizer"]["lr"] == pytest.approx(trial.params["optimizer.lr"])
        assert config["loss"]["weights"]["dssim"] == pytest.approx(trial.params["loss.weights.dssim"])
        assert trial.intermediate_values == {3: pytest.approx(trial.value)}
    (best,) = yaml.safe_load((study / "best.yaml").read_text())
    assert best["values"]["val/ssim"] == max(trial.value for trial in trials)
    assert f"best: {best['trial']}, val/ssim=" in result.stdout

    made = [(study / f"trial_{number:04d}" / "status.json").read_bytes() for number in (0, 1)]
    assert run_cli([*command, "hydra.sweeper.trials=3"]).code == 0
    assert [trial.number for trial in load(study).trials] == [0, 1, 2]
    assert [(study / f"trial_{number:04d}" / "status.json").read_bytes() for number in (0, 1)] == made
    assert run_cli([*command, "hydra.sweeper.trials=3"]).code == 0
    assert len(load(study).trials) == 3


def test_what_broke_off_or_failed_runs_again_in_its_folder(run_cli: Cli, words: list[str], tmp_path: Path) -> None:
    study = tmp_path / "study"
    space = {"data.batch_size": optuna.distributions.CategoricalDistribution(["1", "2"])}
    study.mkdir()
    begun = optuna.create_study(
        storage=f"sqlite:///{study / 'optuna.db'}", study_name="study", direction="minimize"
    )  # as a killed search leaves it: one trial failed, one still running
    for state in (TrialState.FAIL, None):
        trial = begun.ask(space)
        trial.set_user_attr("folder", f"trial_{trial.number:04d}")
        if state is not None:
            begun.tell(trial, state=state)
    command = [*words, "hydra/sweeper=faceswap_optuna", "hydra.sweeper.objectives=[min val/l1]"]
    command += [
        "data.batch_size=1,2",
        "hydra.sweeper.trials=2",
        f"output={study}",
    ]
    result = run_cli(command)
    assert result.code == 0, result.stderr
    trials = load(study).trials
    assert [trial.state for trial in trials] == [TrialState.FAIL, TrialState.COMPLETE, TrialState.COMPLETE]
    assert trials[2].params == trials[0].params
    assert [trial.user_attrs["folder"] for trial in trials] == ["trial_0000", "trial_0001", "trial_0000"]
    assert trials[2].value == last_metrics(study / "trial_0000")["val/l1"]


@pytest.mark.slow
def test_a_failed_trial_stops_no_other_and_is_named(run_cli: Cli, words: list[str], tmp_path: Path) -> None:
    study = tmp_path / "study"
    command = [*words, "hydra/sweeper=faceswap_optuna", "trainer.precision=choice(12,32-true)"]
    command += ["hydra.sweeper.sampler.kind=random", "hydra.sweeper.trials=5", f"output={study}"]
    result = run_cli(command)
    assert result.code == 2
    states = {t.params["trainer.precision"]: t.state for t in load(study).trials}
    assert states == {"12": TrialState.FAIL, "32-true": TrialState.COMPLETE}
    failed = [f"trial_{t.number:04d}" for t in load(study).trials if t.state is TrialState.FAIL]
    assert all(f"{name} (ConfigError" in result.stderr.splitlines()[-1] for name in failed)


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_several_objectives_leave_a_front(launcher: str, run_cli: Cli, words: list[str], tmp_path: Path) -> None:
    study = tmp_path / "study"
    command = [*words, "hydra/sweeper=faceswap_optuna", "hydra.sweeper.objectives=[max val/ssim,min val/l1]"]
    command += ["hydra.sweeper.sampler.kind=nsga2", "seed=int(interval(1,99))"]
    command += ["hydra.sweeper.trials=4", "hydra.sweeper.max_batch_size=2", f"launcher={launcher}", f"output={study}"]
    result = run_cli(command)
    assert result.code == 0, result.stderr
    trials = load(study).trials
    assert [trial.state for trial in trials] == [TrialState.COMPLETE] * 4
    front = yaml.safe_load((study / "best.yaml").read_text())
    for row in front:
        ssim, l1 = row["values"]["val/ssim"], row["values"]["val/l1"]
        assert not any(trial.values[0] > ssim and trial.values[1] < l1 for trial in trials)
    pids = {json.loads(path.read_text())["pid"] for path in study.glob("*/status.json")}
    assert len(pids) == (1 if launcher == "basic" else 2)


@pytest.mark.parametrize(
    ("more", "words_of_error"),
    [
        (["hydra.sweeper.objectives=[val/ssim]"], "val/ssim: write max METRIC or min METRIC"),
        (["hydra.sweeper.objectives=[max val/ssim,min val/loss]"], "several objectives cannot be pruned"),
        (["hydra.sweeper.trials=0"], "must be at least 1"),
        (["hydra.sweeper.sampler.kind=tpr"], "did you mean tpe"),
        (["optimizer.lr=1e-3", "loss.weights.dssim=1"], "nothing to search"),
    ],
)
def test_a_mistake_is_one_line(
    more: list[str], words_of_error: str, run_cli: Cli, words: list[str], tmp_path: Path
) -> None:
    result = run_cli([*words, "hparams_search=rate_and_loss", *more, f"output={tmp_path / 'study'}"])
    assert result.code == 2
    assert words_of_error in result.stderr
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("status.json"))


def test_an_objective_that_no_run_has_names_those_it_has(run_cli: Cli, words: list[str], tmp_path: Path) -> None:
    command = [*words, "hydra/sweeper=faceswap_optuna", "seed=1,2", f"output={tmp_path / 'study'}"]
    result = run_cli([*command, "hydra.sweeper.objectives=[max val/sism]"])
    assert result.code == 2
    assert "val/sism is not a metric of the run; did you mean val/ssim" in result.stderr


def test_a_hopeless_run_is_pruned_at_its_validation(
    make_module: Cli, make_data: Cli, folders: dict[str, str], tmp_path: Path
) -> None:
    storage = f"sqlite:///{tmp_path / 'optuna.db'}"
    study = optuna.create_study(storage=storage, study_name="s", direction="maximize")
    for _ in range(2):
        study.add_trial(optuna.trial.create_trial(value=0.99, intermediate_values={step: 0.99 for step in (2, 4, 6)}))

    def run(name: str, **pruner: Any) -> dict[int, float]:
        trial = study.ask()
        prune = PruneByOptuna(storage=storage, study="s", trial=trial.number, monitor="val/ssim", pruner=pruner)
        callbacks = [*default_callbacks(), prune]
        fit(make_module(6), make_data(), folder=tmp_path / name, max_steps=6, validate_every=2, callbacks=callbacks)
        trial = load_trial(trial.number)
        rows = read_metrics(tmp_path / name)["val/ssim"]  # whose steps count from 0
        measured = {step + 1: value for step, value in rows.items()}
        assert trial.intermediate_values == pytest.approx(measured)
        assert trial.user_attrs.get(PRUNED) == (max(measured) if max(measured) < 6 else None)
        assert (tmp_path / name / "checkpoints" / "last.ckpt").exists()
        return measured

    def load_trial(number: int) -> optuna.trial.FrozenTrial:
        return optuna.load_study(study_name="s", storage=storage).trials[number]

    assert list(run("now", kind="median", n_startup_trials=1)) == [2]
    assert list(run("late", kind="median", n_startup_trials=1, n_warmup_steps=3)) == [2, 4]
    assert list(run("never", kind="median", n_startup_trials=9)) == [2, 4, 6]


def test_a_trial_hears_of_swaps_when_they_are_measured(make_module: Cli, make_data: Cli, tmp_path: Path) -> None:
    class Weight:
        names = ("weight",)

        def __call__(self, network: torch.nn.Module, card: Any) -> dict[str, float]:
            return {"weight": float(next(network.parameters()).detach().flatten()[0])}

    storage = f"sqlite:///{tmp_path / 'optuna.db'}"
    study = optuna.create_study(storage=storage, study_name="s")
    number, pruner = study.ask().number, {"kind": "median"}
    prune = PruneByOptuna(storage=storage, study="s", trial=number, monitor="val/weight", pruner=pruner)
    callbacks = [*default_callbacks(), Swaps(Weight(), every_n_steps=4), prune]
    fit(make_module(6), make_data(), folder=tmp_path / "run", max_steps=6, validate_every=2, callbacks=callbacks)
    told = optuna.load_study(study_name="s", storage=storage).trials[number].intermediate_values
    measured = {step + 1: value for step, value in read_metrics(tmp_path / "run")["val/weight"].items()}
    assert list(told) == [4, 6]  # and not at the validation of step 2
    assert told == pytest.approx(measured)


def test_pruning_by_what_is_not_measured_is_refused(make_module: Cli, make_data: Cli, tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'optuna.db'}"
    number = optuna.create_study(storage=storage, study_name="s").ask().number
    prune = PruneByOptuna(storage=storage, study="s", trial=number, monitor="val/nothing", pruner={"kind": "median"})
    with pytest.raises(ConfigError, match="val/nothing is not measured at validations"):
        fit(make_module(2), make_data(), folder=tmp_path, max_steps=2, callbacks=[prune])
