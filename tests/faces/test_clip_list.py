"""Which footage is meant: what exists is literal, then patterns, then lists of both."""

from pathlib import Path

import pytest

from faceswap_lab.core.errors import ConfigError, FootageError
from faceswap_lab.faces.clip_list import find_clips

NAMES = ("b.mp4", "a.mp4", "a, b [1].mp4", "*.mkv", "x.mkv", "[c].avi", "c.avi")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in NAMES:
        (tmp_path / name).touch()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "d.mp4").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("footage", "meant"),
    [
        ("a.mp4", ["a.mp4"]),
        ("none.mp4", ["none.mp4"]),
        ("?.mp4", ["a.mp4", "b.mp4"]),
        ("**/d.mp4", ["deep/d.mp4"]),
        ("*.mkv", ["*.mkv"]),
        ("[c].avi", ["[c].avi"]),
        ("a, b [1].mp4", ["a, b [1].mp4"]),
        ("[b.mp4, a.mp4]", ["b.mp4", "a.mp4"]),
        ("['a, b [1].mp4', x.mkv]", ["a, b [1].mp4", "x.mkv"]),
        ("[x.mkv, '?.mp4', a.mp4]", ["x.mkv", "a.mp4", "b.mp4"]),
        (["b.mp4", Path("a.mp4")], ["b.mp4", "a.mp4"]),
        (Path("*.mkv"), ["*.mkv"]),
    ],
)
def test_what_is_meant(folder: Path, footage: str, meant: list[str]) -> None:
    assert find_clips(footage) == [Path(name) for name in meant]


def test_errors(folder: Path) -> None:
    with pytest.raises(FootageError, match=r"footage=\*\.gif: nothing matches"):
        find_clips("*.gif")
    for text in ("[a.mp4", "[1, 2]", "[a: b]"):
        with pytest.raises(ConfigError, match="no list of paths"):
            find_clips(text)
    for empty in ("[]", []):
        with pytest.raises(ConfigError, match="empty list"):
            find_clips(empty)
