"""The gallery shows every option that a frame can show."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from faceswap_lab.core.paths import conf_dir

SCRIPT = Path(__file__).parents[2] / "docs" / "pictures" / "converting.py"
ELSEWHERE = {"mask": {"stored", "minimum"}}  # needs a face set of the footage; looks as product does


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("converting_pictures", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("group", ["colour", "blend", "mask", "detail"])
def test_every_option_is_drawn_and_told_of(drawing: ModuleType, group: str) -> None:
    options = {path.stem for path in (conf_dir() / group).glob("*.yaml")}
    drawn = {choice.split()[0] for choice in drawing.SHEETS[group] if choice}
    assert drawn == options - ELSEWHERE.get(group, set())
    told = (SCRIPT.parents[1] / "converting.md").read_text(encoding="utf-8")
    assert not [name for name in options if f"`{name}`" not in told]


def test_every_tile_is_what_its_words_make(drawing: ModuleType) -> None:
    for group, choices in drawing.SHEETS.items():
        for choice in choices:
            drawing.settings_of(group, choice)
    assert drawing.caption("colour", "manual colour.saturation=0.6") == "manual saturation=0.6"
    assert drawing.caption("detail", "jpeg detail.jpeg.quality=30") == "jpeg.quality=30"
    assert drawing.caption("detail", "") == "none"
