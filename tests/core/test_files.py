"""Files: whole or absent, and what goes wrong in one line."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.files import atomic_path, atomic_write_json, atomic_write_text, check_output, sha256_of


def test_a_file_is_replaced_only_when_the_block_ends_well(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    atomic_write_text(file, "old")
    with pytest.raises(TypeError), atomic_path(file) as temporary:
        temporary.write_text("half") and temporary.write_text(None)  # type: ignore[arg-type]
    assert file.read_text() == "old"
    with atomic_path(file) as temporary:
        assert temporary.suffix == ".txt"
        temporary.write_text("new")
    assert file.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="file"):
        atomic_write_json(tmp_path / "file" / "deeper" / "x.json", {})
    with pytest.raises(OutputError, match="file"):
        check_output(tmp_path / "file" / "deeper" / "x.json")


def test_a_name_with_a_nul_is_none(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no name that a file can have"):
        check_output(f"{tmp_path}/a\0b/c.mp4")


def test_an_output_may_not_be_its_input(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"x")
    (tmp_path / "link.mp4").symlink_to(clip)
    for output in (clip, tmp_path / "." / "clip.mp4", tmp_path / "link.mp4"):
        with pytest.raises(OutputError, match="same as the input"):
            check_output(output, [clip])
    check_output(tmp_path / "new" / "folder" / "other.mp4", [clip])
    assert not (tmp_path / "new").exists()


def test_a_full_disk_is_one_line_and_leaves_what_was_there(tmp_path: Path) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small file system is not allowed here")
    try:
        atomic_write_text(tmp_path / "a.txt", "old")
        with pytest.raises(OutputError, match="disk is full"):
            atomic_write_text(tmp_path / "a.txt", "x" * 200_000)
        assert (tmp_path / "a.txt").read_text() == "old"
        assert os.listdir(tmp_path) == ["a.txt"]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_another_files_error_is_not_taken_for_the_outputs(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught, atomic_path(tmp_path / "a.txt"):
        (tmp_path / "missing.txt").read_text()
    assert caught.value.errno == errno.ENOENT


def test_sha256_of_a_known_text(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of(tmp_path / "abc").startswith("ba7816bf8f01cfea")  # FIPS 180-2, appendix B.1
