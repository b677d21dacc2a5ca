"""Command lines that somebody else wrote: what they would run is refused, or said."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faceswap_lab.core.build import build
from faceswap_lab.core.errors import ConfigError

Cli = Callable[..., Any]
NO_SETS = ["facesets.a=nowhere", "facesets.b=nowhere"]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "word",
    [
        "model.encoder._target_=os.system",
        "+model.encoder.x={_target_: os.system, command: touch it_ran}",
        "model.encoder._target_=builtins.exec",
        "model.encoder._target_=torch.hub.load",
        "model.encoder._target_=torch.load",
        "model.encoder._target_=faceswap_lab.core.files.os.system",
        "model.encoder._target_=faceswap_lab.cli.importlib.import_module",
        "loss={_target_: subprocess.Popen, args: [touch, it_ran]}",
        "+hydra.callbacks.x._target_=os.system",
        "+hydra.callbacks={x: {_target_: os.system}}",
        "hydra.launcher._target_=os.system",
        "hydra.sweeper._target_=os.system",
        "+hydra.job_logging.handlers.x={class: subprocess.Popen, args: [touch, it_ran]}",
        "hydra.searchpath=[file:///tmp]",
    ],
)
def test_targets_outside_the_list_are_refused(word: str, run_cli: Cli) -> None:
    result = run_cli(["train", *NO_SETS, word])
    assert result.code == 2
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert os.listdir() == []


@pytest.mark.parametrize("target", ["torch.nn.Identity", "faceswap_lab.models.encoders.original.Original"])
def test_targets_on_the_list_are_run_with_a_warning(target: str, run_cli: Cli) -> None:
    result = run_cli(["train", *NO_SETS, f"+loss.x._target_={target}"])
    assert f"warning: this command line runs {target}, which it names itself" in result.stderr
    assert "_target_" not in run_cli(["train", *NO_SETS]).stderr


def test_nothing_is_imported_for_a_target_outside_the_list(tmp_path: Path) -> None:
    (tmp_path / "evil_module.py").write_text("open('it_ran', 'w')", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"evil_module\.Thing is not allowed"):
        build({"_target_": "evil_module.Thing"})
    assert os.listdir() == ["evil_module.py"]


@pytest.mark.parametrize(
    "text",
    [
        "[!!python/object/apply:os.system ['touch it_ran']]",
        "[!!python/name:os.system '']",
        "[&a [*a]]",
        "[" * 5000,
        "[!!timestamp x]",
        "[!!int '']",
        "[a, \0]",
    ],
)
def test_lists_of_footage_are_plain_yaml(text: str, run_cli: Cli) -> None:
    result = run_cli(["frames", f"footage={text}", "output=out"])
    assert result.code == 2
    assert result.stderr.count("\n") == 1
    assert os.listdir() == []
