"""Paths and texts through Hydra's grammar, whatever characters they hold."""

import string
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.overrides import from_shell, override

ODD = [
    "h26 ünïcode name (1).mp4",
    "a,b.mp4",
    "a=b.mp4",
    "[x]{y}.mp4",
    'it\'s "quoted".mp4',
    "${HOME}.mp4",
    "back\\slash\\",
    "#hash & more;.mp4",
    "null",
    "1.50",
    "~tilde",
    "glob(*)",
]


@pytest.mark.parametrize("name", ODD)
def test_a_path_arrives_as_it_was_typed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).touch()
    for argument in (f"footage={name}", name):
        if argument == name and name.startswith("~"):
            continue  # Hydra's deletion; write footage=~tilde
        cfg = compose_config("frames", [from_shell("frames", argument), "output=x"])
        assert cfg.footage == name


@given(
    st.text(string.ascii_letters + string.punctuation + " äß日", min_size=1).filter(
        lambda text: text.strip() and text != "???"
    )
)
def test_any_text_survives(text: str) -> None:
    parsed = OverridesParser.create().parse_override(override("name", text))
    assert OmegaConf.create({"name": parsed.value()}).name == text


def test_what_means_missing_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"footage=\?\?\?.*write \./\?\?\?"):
        from_shell("frames", "footage=???")
    assert compose_config("frames", [from_shell("frames", "footage=./???"), "output=x"]).footage == "./???"


def test_tables_numbers_and_null() -> None:
    said = ["facesets.a=x, y", "range.a=0:5,7:9", "checkpoint=null", "seed=7", "minutes=2.5"]
    cfg = compose_config("train", [from_shell("train", word) for word in said])
    assert (cfg.facesets.a, cfg.range.a, cfg.checkpoint, cfg.seed, cfg.minutes) == ("x, y", "0:5,7:9", None, 7, 2.5)


def test_nested_texts_are_taken_as_they_stand() -> None:
    said = ["identity.consent.reference=contract 12, page 3 (signed)", "identity.name=J. Doe"]
    cfg = compose_config("extract", [from_shell("extract", word) for word in said])
    assert cfg.identity.consent.reference == "contract 12, page 3 (signed)"
    assert cfg.identity.name == "J. Doe"


def test_a_reason_is_taken_as_it_stands() -> None:
    said = ["provenance=unmarked", "provenance.reason=a test: 'quoted', 50 %, <b>"]
    cfg = compose_config("convert", [from_shell("convert", word) for word in said])
    assert cfg.provenance.reason == "a test: 'quoted', 50 %, <b>"


def test_an_empty_value_is_refused() -> None:
    with pytest.raises(ConfigError, match="footage: the value is empty"):
        from_shell("frames", "footage=")
