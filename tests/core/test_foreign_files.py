"""Files of others: what is read, what is refused, and in which words."""

import os
from pathlib import Path

import pytest

from faceswap_lab.core.foreign_files import (
    MAX_DEPTH,
    parse_json,
    parse_yaml,
    read_bytes,
    read_json,
    read_yaml,
    require_file,
)


def test_a_file_is_read_whole_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert require_file(path) == 5
    assert read_bytes(path, at_most=5) == b"12345"
    with pytest.raises(OSError, match="more than the") as caught:
        read_bytes(path, at_most=4)
    assert caught.value.filename == str(path)


def test_what_is_no_file_says_what_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.symlink(tmp_path / "pipe", tmp_path / "link")
    for path, said in (
        (tmp_path / "pipe", "it is a pipe"),
        (tmp_path / "link", "it is a pipe"),
        (tmp_path, "it is a folder"),
        (Path("/dev/zero"), "it is a device"),
        (Path("a\0b"), "no name"),
    ):
        for read in (require_file, lambda one: read_bytes(one, at_most=10)):
            with pytest.raises(OSError, match=said):
                read(path)
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "missing", at_most=1)
    with pytest.raises(OSError, match="too long"):
        require_file(tmp_path / ("x" * 300))


def test_links_are_followed_unless_they_are_not_wanted(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    os.symlink("a", tmp_path / "link")
    assert read_bytes(tmp_path / "link", at_most=1) == b"1"
    with pytest.raises(OSError, match="it is a link to another file"):
        read_bytes(tmp_path / "link", at_most=1, follow_links=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Expecting"),
        ("[" * 100_000, "deep"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "deep"),
        ('["\\ud800"]', "half a character"),
        ('{"\\uDFFF": 1}', "half a character"),
        ("1" * 5000, "digits"),
    ],
)
def test_json_that_cannot_be_used_is_a_value_error(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=said):
        parse_json(text)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        read_json(tmp_path / "a.json")


def test_json_that_can_be_used_is_what_it_says() -> None:
    assert parse_json('{"a": [1, 2.5, null, "\\ud83d\\ude00"]}') == {"a": [1, 2.5, None, "\U0001f600"]}
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert parse_json(deep) is not None


_LAUGHS = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
"""A thousand bytes that unfold to four hundred million values."""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("!!python/object/apply:os.system [true]", "python/object"),
        ("!!python/name:os.system", "python/name"),
        ("a: &a [*a]", "deep|counted again"),
        ("&a [&b [&c [*a, *a], *a]]", "deep|counted again"),
        ("[" * 5000, "recursion"),
        ("a: 2020-99-99", "month"),
        ("!!int ''", "index"),
        ("!!timestamp x", "NoneType"),
        ("a: \x07", "special characters"),
        ("{a: 1", "expected"),
        (
            _LAUGHS,
            "counted again",
        ),
    ],
)
def test_yaml_that_cannot_be_used_is_a_value_error(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_yaml(text)


def test_yaml_that_can_be_used_is_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: &x [1, two]\nb: *x\n", encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == {"a": [1, "two"], "b": [1, "two"]}
    (tmp_path / "a.yaml").write_bytes(b"a: \xff")
    with pytest.raises(ValueError, match="utf-8"):
        read_yaml(tmp_path / "a.yaml")
