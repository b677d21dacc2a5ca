"""Where the results of several footages go."""

from pathlib import Path

import pytest

from faceswap_lab.swap.many import output_names


@pytest.mark.parametrize(
    ("suffixes", "expected"),
    [
        ((".mp4", ".mkv"), ["a.mp4", "b.mkv", "c.mp4", "d.mp4", "e.png"]),
        ((".webm", ".mp4"), ["a.mp4", "b.webm", "c.webm", "d.webm", "e.png"]),
        ((), ["a", "b", "c", "d", "e"]),
    ],
)
def test_names_follow_the_writer(tmp_path: Path, suffixes: tuple[str, ...], expected: list[str]) -> None:
    clips = [tmp_path / name for name in ("a.mp4", "b.mkv", "c.webm", "d.gif", "e.png")]
    assert output_names(clips, tmp_path / "out", suffixes=suffixes) == [tmp_path / "out" / name for name in expected]


def test_a_folder_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "shot.1").mkdir()
    assert output_names([tmp_path / "shot.1"], tmp_path / "out", suffixes=(".mp4",)) == [tmp_path / "out" / "shot.1"]
