"""The command line: one line and exit code 2 for every mistake, help for every command."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faceswap_lab.cli_help import commands

Cli = Callable[..., Any]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["extrct"], "did you mean extract or export?"),
        (["train", "traner.max_steps=3"], "did you mean trainer.max_steps"),
        (["train", "trainer.max_stepz=3"], "did you mean trainer.max_steps"),
        (["train", "encoder.input_size=64"], "did you mean model.encoder.input_size"),
        (["train", "encodr=light"], "did you mean encoder or decoder?"),
        (["train", "+foo=1"], "foo is not an option of train"),
        (["train", "seed=x"], "seed: Value 'x'"),
        (["train", "minutes=soon"], "minutes: Value 'soon'"),
        (["train", "facesets=3"], "facesets"),
        (["train", "encoder=foo"], "choose one of"),
        (["train", "seed=1,2"], "-m"),
        (["train", "--cfg", "all"], "--cfg job"),
        (["train", "--fast"], "--fast"),
        (["verify", "a.mp4", "b.mp4"], "a.mp4 and b.mp4 are both given for file=; give one, and the others in turn"),
        (["faces", "show", "bob"], "show and bob are both given for verb="),
        (["convert", "-m", "identity=a,b"], "-m sweeps train only"),
        (["frames"], "footage is missing; give footage=VALUE; output is missing"),
        (["frames", "footage="], "footage: the value is empty"),
        (["frames", "every=x", "footage=a", "output=b"], "every: Value 'x'"),
        (["frames", "/nowhere/clip.mp4", "output=b"], "/nowhere/clip.mp4"),
        (["convert", "/nowhere/last.ckpt", "footage=a", "identity=b", "output=c"], "/nowhere/last.ckpt"),
        (["extract", "footage=a", "faceset=b", "identity.name=c"], "identity.consent.basis is missing"),
    ],
)
def test_a_mistake_is_one_line(
    run_cli: Cli, arguments: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run_cli(arguments)
    assert result.code == 2
    assert expected in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_below_the_root_is_found_before_anything_is_built(
    run_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run_cli(["train", "+model.encoder.widht=3", "+loss.wieghts=1", "facesets.a=nowhere", "facesets.b=nowhere"])
    assert result.code == 2
    assert "model.encoder.widht" in result.stderr
    assert "loss.wieghts" in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", commands())
def test_every_command_explains_itself(run_cli: Cli, command: str) -> None:
    result = run_cli([command, "--help"])
    assert result.code == 0
    assert f"faceswap-lab {command}" in result.stdout
    assert "default" in result.stdout
    assert run_cli([command, "--cfg", "job"]).code == 0


def test_the_overview_lists_the_commands(run_cli: Cli) -> None:
    shown = run_cli(["--help"]).stdout
    assert all(f"  {command}" in shown for command in commands())
    assert run_cli([]).stdout == shown
    assert run_cli(["--version"]).stdout.startswith("faceswap-lab 0.")
