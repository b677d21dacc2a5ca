"""Sweeps: what fails stops nothing and is named, the same command continues, every launcher does the same."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from faceswap_lab.cli_sweep import parse, study_folder
from faceswap_lab.core.checkpoint import read_card
from faceswap_lab.core.compose import compose_config, options
from faceswap_lab.core.errors import ConfigError

Cli = Callable[..., Any]


@pytest.fixture
def words(tiny: list[str], folders: dict[str, str]) -> list[str]:
    return ["train", "-m", *tiny, *(f"facesets.{name}={folder}" for name, folder in folders.items())]


def states(study: Path) -> dict[str, str]:
    return {path.parent.name: json.loads(path.read_text())["state"] for path in study.glob("*/status.json")}


def test_a_failed_job_stops_no_other_and_is_named(run_cli: Cli, words: list[str], tmp_path: Path) -> None:
    study = tmp_path / "study"
    result = run_cli([*words, "trainer.precision=12,32-true", f"output={study}"])
    assert result.code == 2
    assert states(study) == {"trainer.precision=12": "failed", "trainer.precision=32-true": "done"}
    last = result.stderr.splitlines()[-1]
    assert last.startswith("error: 1 of 2 jobs failed: trainer.precision=12 (ConfigError: trainer:")
    assert last.endswith("the same command runs them again")
    assert "trainer.precision=32-true" not in last


def test_the_same_command_runs_only_what_is_not_done(
    run_cli: Cli, words: list[str], folders: dict[str, str], tmp_path: Path
) -> None:
    late = tmp_path / "late"
    command = [*words, f"facesets.ben={folders['ben']},{late}", f"output={tmp_path / 'study'}"]
    assert run_cli(command).code == 2
    found = {path.parent: json.loads(path.read_text())["state"] for path in tmp_path.rglob("status.json")}
    assert sorted(found.values()) == ["done", "failed"]
    done = next(folder for folder, state in found.items() if state == "done")
    before = (done / "status.json").read_bytes(), (done / "metrics.csv").stat().st_mtime_ns
    shutil.copytree(folders["ben"], late)
    result = run_cli(command)
    assert result.code == 0, result.stderr
    assert "done before" in result.stdout
    assert ((done / "status.json").read_bytes(), (done / "metrics.csv").stat().st_mtime_ns) == before
    found = [json.loads(path.read_text())["state"] for path in tmp_path.rglob("status.json")]
    assert found == ["done", "done"]


def test_a_bug_in_a_job_is_exit_code_1_with_its_traceback(run_cli: Cli, words: list[str], tmp_path: Path) -> None:
    study = tmp_path / "study"
    result = run_cli([*words, "callbacks.preview.faces=-1,1", f"output={study}"])  # nobody checks for less than none
    assert result.code == 1
    assert states(study) == {"callbacks.preview.faces=-1": "failed", "callbacks.preview.faces=1": "done"}
    assert "callbacks.preview.faces=-1 (RuntimeError" in result.stderr.splitlines()[-1]
    assert "Traceback" in (study / "callbacks.preview.faces=-1" / "traceback.txt").read_text()


def test_a_misspelt_option_is_refused_before_any_job(run_cli: Cli, words: list[str], tmp_path: Path) -> None:
    result = run_cli([*words, "augment=none,nonsense", f"output={tmp_path / 'study'}"])
    assert result.code == 2
    assert "augment=nonsense does not exist; choose one of" in result.stderr
    assert not list(tmp_path.rglob("status.json"))


def test_every_option_of_a_group_is_swept(run_cli: Cli, words: list[str], tmp_path: Path) -> None:
    result = run_cli([*words, "optimizer=glob(ada*)", f"output={tmp_path / 'study'}"])
    assert result.code == 0, result.stderr
    assert set(states(tmp_path / "study")) == {f"optimizer={n}" for n in options("optimizer") if n.startswith("ada")}


def test_a_study_without_output_is_found_again_by_its_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    def folder(*overrides: str) -> Path:
        return study_folder(parse(overrides))

    one = folder("seed=1,2", "encoder=light")
    assert one == folder("encoder=light", "seed=1,2", "launcher=joblib")
    assert one.parent == tmp_path / "runs"
    assert one.name.startswith("seed-")
    assert one != folder("seed=1,2", "encoder=original")
    assert folder("seed=1,2", "output='a b'") == tmp_path / "a b"
    with pytest.raises(ConfigError, match="output=FOLDER"):
        folder("seed=1,2", "hydra.sweep.dir=${now:%H}")


def test_a_launcher_that_is_not_installed_names_its_package() -> None:
    with pytest.raises(ConfigError, match=r"pip install 'faceswap-lab\[launch"):
        compose_config("train", ["hydra/launcher=nonsense"])


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("launcher", ["basic", "joblib", "submitit"])
def test_every_launcher_runs_names_and_continues(launcher: str, run_cli: Cli, words: list[str], tmp_path: Path) -> None:
    study = tmp_path / "study"
    command = [*words, f"launcher={launcher}", "trainer.precision=12,32-true", "seed=1,2", f"output={study}"]
    result = run_cli(command)
    assert result.code == 2, result.stderr
    assert "2 of 4 jobs failed: " in result.stderr.splitlines()[-1]
    expected = {f"seed={s},trainer.precision={p}": state for s in (1, 2) for p, state in PRECISIONS.items()}
    assert states(study) == expected
    pids = {json.loads(path.read_text())["pid"] for path in study.glob("*/status.json")}
    assert (os.getpid() in pids) == (launcher == "basic")
    for path in study.glob("*32-true/status.json"):
        assert read_card(path.parent / "checkpoints" / "last.ckpt")["choices"]["encoder"] == "original"
    again = run_cli(command)
    assert "2 of 2 jobs failed: " in again.stderr.splitlines()[-1]


PRECISIONS = {"12": "failed", "32-true": "done"}


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_a_killed_study_goes_on_where_it_was(words: list[str], tmp_path: Path) -> None:
    steps = ["trainer.max_steps=60", "callbacks.checkpointer.every_s=0.0", "seed=1,2"]

    def start(study: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "faceswap_lab", *words, *steps, f"output={study}"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    assert start(tmp_path / "whole").communicate()[1] is not None
    killed = tmp_path / "killed"
    process = start(killed)
    last = killed / "seed=2" / "checkpoints" / "last.ckpt"
    while not last.exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert states(killed) == {"seed=1": "done", "seed=2": "running"}
    begun = json.loads((killed / "seed=1" / "status.json").read_text())["started_s"]
    out, error = start(killed).communicate()
    assert b"done before" in out, error
    assert states(killed) == {"seed=1": "done", "seed=2": "done"}
    assert json.loads((killed / "seed=1" / "status.json").read_text())["started_s"] == begun
    for seed in (1, 2):
        one, two = (
            torch.load(tmp_path / name / f"seed={seed}" / "checkpoints" / "last.ckpt")["state_dict"]
            for name in ("whole", "killed")
        )
        assert all(torch.equal(one[name], two[name]) for name in one)
