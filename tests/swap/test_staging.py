"""What is staged appears whole, under its own name, or not at all."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faceswap_lab.core.errors import OutputError
from faceswap_lab.swap.staging import staged


def test_file_and_folder_appear_at_the_end(tmp_path: Path) -> None:
    with staged(tmp_path / "new" / "out.bin") as stage:
        stage.write_bytes(b"whole")
        assert not (tmp_path / "new" / "out.bin").exists()
    assert (tmp_path / "new" / "out.bin").read_bytes() == b"whole"
    (tmp_path / "folder").mkdir()
    with staged(tmp_path / "folder") as stage:
        (stage / "a.png").write_bytes(b"a")
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["a.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "new"]


def test_a_folder_gives_way_to_its_like_only_where_that_is_asked_for(tmp_path: Path) -> None:
    def write(name: str, *, replaces_folder: bool) -> None:
        with staged(tmp_path / "folder", replaces_folder=replaces_folder) as stage:
            stage.mkdir(exist_ok=True)
            (stage / name).touch()

    write("a.png", replaces_folder=True)
    write("b.png", replaces_folder=True)
    with pytest.raises(OutputError, match="folder"):
        write("c.png", replaces_folder=False)
    with pytest.raises(OutputError), staged(tmp_path / "folder", replaces_folder=True):
        (tmp_path / "folder" / "kept").touch()  # and nothing was written: what was there comes back
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["b.png", "kept"]
    assert os.listdir(tmp_path) == ["folder"]


def test_nothing_is_left_of_a_failure(tmp_path: Path) -> None:
    (tmp_path / "out.bin").write_bytes(b"earlier")
    with pytest.raises(KeyboardInterrupt):
        _write_half(tmp_path / "out.bin")
    assert [path.name for path in tmp_path.iterdir()] == ["out.bin"]
    assert (tmp_path / "out.bin").read_bytes() == b"earlier"


def test_what_a_killed_process_left_goes_and_what_another_holds_stays(tmp_path: Path) -> None:
    """Of this output alone: a folder of a like name is not ours to remove."""
    killed = "from pathlib import Path; from faceswap_lab.swap.staging import staged; import os, signal\n"
    killed += f"with staged(Path({str(tmp_path / 'out.bin')!r})) as stage: stage.touch(); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    (tmp_path / ".out.other.aaaaaaaa.part").mkdir()
    with staged(tmp_path / "out.bin") as stage:
        assert not left.exists()
        with staged(tmp_path / "out.bin") as second:
            assert stage.parent.exists()
            second.touch()
        stage.write_bytes(b"whole")
    assert sorted(os.listdir(tmp_path)) == [".out.other.aaaaaaaa.part", "out.bin"]


def test_messages_name_the_output(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught, staged(tmp_path / "out.bin") as stage:
        raise OutputError(f"{stage}: the disk is full")
    assert str(caught.value) == f"{tmp_path / 'out.bin'}: the disk is full"


def test_errors(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError), staged(tmp_path / "file" / "out.bin"):
        pass
    with pytest.raises(OutputError), staged(tmp_path / "out.bin"):
        pass  # nothing was written
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept").write_text("kept")
    with pytest.raises(OutputError), staged(tmp_path / "full"):
        pass
    assert (tmp_path / "full" / "kept").read_text() == "kept"


def _write_half(output: Path) -> None:
    with staged(output) as stage:
        stage.write_bytes(b"half")
        raise KeyboardInterrupt
