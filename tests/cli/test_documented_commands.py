"""Every command line that a page or the help shows: it composes, and all of it binds to what it names."""

import importlib
import re
import shlex
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from faceswap_lab import cli_help
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.overrides import check_words, from_shell
from faceswap_lab.core.preflight import find_faults, preflight
from faceswap_lab.core.schema import SCHEMAS
from faceswap_lab.core.targets import plain

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("experiments/*/README.md")]
LINE = re.compile(r"^ {4}faceswap-lab ((?:.*\\\n)*.*)$", re.MULTILINE)
WORDS = re.compile(r"^ {4}(['+~]*[a-z_.]+=.*)$", re.MULTILINE)  # options of `train`, without the command
OF_THE_READER = "encoder=mine"  # what docs/models.md tells how to write


def shown() -> list[tuple[str, str]]:
    """Each page and command line, without the program's name."""
    texts = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
    for command in cli_help.commands():
        for verb in ("", *getattr(SCHEMAS[command], "verbs", ())):
            texts[f"{command} {verb} --help"] = cli_help.of(command, verb).replace("\n  ", "\n    ")
    lines = [
        (where, " ".join(line.replace("\\\n", " ").split()))
        for where, text in texts.items()
        for line in LINE.findall(text)
        if OF_THE_READER not in line
    ]
    return lines + [("docs/training.md", f"train {words} …") for words in WORDS.findall(texts["docs/training.md"])]


def first(item: str) -> str:
    """Of the values that are swept the first; an override of one value stays."""
    parsed = OverridesParser.create().parse_override(item)
    if not parsed.is_sweep_override() or not parsed.is_discrete_sweep():
        return item
    return f"{parsed.get_key_element()}={next(parsed.sweep_string_iterator())}"


@pytest.mark.parametrize(("page", "line"), shown())
def test_it_composes_and_binds(page: str, line: str) -> None:
    command, *words = [re.sub(r"^\[(.*)\]$", r"\1", word) for word in shlex.split(line, comments=True)]
    sweeps = "-m" in words
    given = [word for word in words if word not in ("-m", "…") and "glob(" not in word and not word.startswith("--")]
    if command == "train" and not any(word.startswith("output=") for word in given):
        given.append("output=run")  # else Hydra names the folder
    check_words(command, given)
    overrides = [from_shell(command, word, sweep=sweeps) for word in given]
    cfg = compose_config(command, [first(item) for item in overrides] if sweeps else overrides)
    supplied = getattr(importlib.import_module(f"faceswap_lab.commands.{command}"), "SUPPLIED", {})
    if "…" in line:
        assert find_faults(known(cfg), supplied=supplied) == []
    else:
        preflight(cfg, supplied=supplied)


def known(cfg: DictConfig) -> dict[str, object]:
    """What does not hang on values that are left out."""
    return {str(name): plain(cfg[name]) for name in cfg if not OmegaConf.is_missing(cfg, str(name))}
