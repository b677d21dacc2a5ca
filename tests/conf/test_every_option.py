"""Every file in ``conf`` composes and binds to the class it names; recipes choose options and nothing else."""

import importlib
from pathlib import Path

import pytest
import yaml

from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.overrides import override
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.core.preflight import find_faults
from faceswap_lab.core.targets import plain

PRIMARIES = sorted(path.stem for path in conf_dir().glob("*.yaml"))
OPTIONS = sorted(path.relative_to(conf_dir()) for path in conf_dir().glob("*/*.yaml") if path.parent.name != "hydra")


def _defaults(command: str) -> dict[str, str | None]:
    entries = yaml.safe_load((conf_dir() / f"{command}.yaml").read_text(encoding="utf-8"))["defaults"]
    return {group: default for entry in entries if isinstance(entry, dict) for group, default in entry.items()}


def _user(group: str) -> str:
    return next(command for command in PRIMARIES if group in _defaults(command))


def _faults(command: str, *overrides: str) -> list[str]:
    where = [override("output", "x")] if command == "train" else []
    cfg = compose_config(command, [*where, *overrides])  # steps are left to minutes=, as recipes are mostly used
    supplied = getattr(importlib.import_module(f"faceswap_lab.commands.{command}"), "SUPPLIED", {})
    return find_faults({str(name): plain(cfg[name]) for name in cfg if not _missing(cfg, str(name))}, supplied=supplied)


def _missing(cfg: object, name: str) -> bool:
    from omegaconf import OmegaConf

    return OmegaConf.is_missing(cfg, name)


@pytest.mark.parametrize("command", PRIMARIES)
def test_every_command_composes_and_binds(command: str) -> None:
    assert _faults(command) == []


@pytest.mark.parametrize("path", OPTIONS, ids=str)
def test_every_option_composes_and_binds(path: Path) -> None:
    group, name = path.parent.as_posix(), path.stem
    assert _faults(_user(group), f"{group}={name}") == []


@pytest.mark.parametrize("path", OPTIONS, ids=str)
def test_every_option_says_what_it_is(path: Path) -> None:
    text = (conf_dir() / path).read_text(encoding="utf-8")
    assert text.startswith("#"), "the first line tells what the option is for"
    lines = [line for line in text.splitlines() if not line.startswith("# @package")]
    assert lines[0].startswith("# "), "a line, after that of the package if there is one, tells what the option is for"


@pytest.mark.parametrize("path", sorted((conf_dir() / "experiment").glob("*.yaml")), ids=lambda path: path.stem)
def test_recipes_choose_options_and_set_no_number(path: Path) -> None:
    recipe = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(recipe) == {"defaults"}
    assert all(key.startswith("override /") for entry in recipe["defaults"] for key in entry)


@pytest.mark.parametrize("command", PRIMARIES)
def test_the_schema_comes_first_and_overlays_last(command: str) -> None:
    entries = yaml.safe_load((conf_dir() / f"{command}.yaml").read_text(encoding="utf-8"))["defaults"]
    assert entries[0] == f"{command}_schema"
    after = [next(iter(entry)) for entry in entries[entries.index("_self_") + 1 :]]
    assert after == [name for name in ("experiment", "hparams_search", "launcher", "debug") if name in after]


def test_no_secret_is_read_into_the_configuration() -> None:
    for path in conf_dir().rglob("*.yaml"):
        assert "oc.env" not in path.read_text(encoding="utf-8"), path
