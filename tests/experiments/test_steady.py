"""The study of `steady=`: what it reads and writes, where both reports are there already."""

import json
from pathlib import Path

import pytest

from experiments.steady.run import FIGURES, SETTINGS, main


def test_tells_both_settings_by_direction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for step, setting in enumerate(SETTINGS):
        figures = {name: 1.0 + step + place / 10 for place, name in enumerate(FIGURES)} | {"frames": 9}
        (tmp_path / setting).mkdir()
        content = {"pairs": {"ada>ben": figures, "ben>ada": None}}
        (tmp_path / setting / "metrics.json").write_text(json.dumps(content))
    assert main([f"output={tmp_path}", "checkpoint=unused"]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(summary) == ["ada>ben"]
    assert summary["ada>ben"]["track"]["flicker_ratio"] == 2.0
    assert summary["ada>ben"]["none"]["mask_hull_ratio"] == 1.2
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert lines[2].startswith("| ada → ben | none | 1.000 | 1.100 | 1.200 |")
    assert len(lines) == 4


def test_wrong_words_are_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for words in ([], [f"output={tmp_path}", "steady=track"]):
        assert main(words) == 2
        assert capsys.readouterr().err.startswith("error: give the words of `faceswap-lab evaluate`")
