"""A SIGKILL before each single change of a name in a conversion: the same command ends as an undisturbed one does."""

import json
import multiprocessing
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from faceswap_lab.faces.face import Face
from faceswap_lab.swap.writers.parts import remove

# Runs a command, and ends it before the given change of a name, as a kill does; the changes are written down. Where a
# folder goes, the killed one has the files in it behind it.
_IN_A_CHILD = """
import os, signal, sys
said = os.open({log!r}, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.dup2(said, 1)
os.dup2(said, 2)
changes = []
def watch(name, changes):
    call = getattr(os, name)
    def change(*args, **options):
        if len(changes) == {deadly}:
            os.kill(os.getpid(), signal.SIGKILL)
        changes.append(name)
        return call(*args, **options)
    setattr(os, name, change)
for name in ("replace", "rename", "rmdir"):
    watch(name, changes)
from faceswap_lab.cli import main
code = main({words!r})
if len(changes) == {deadly}:
    os.kill(os.getpid(), signal.SIGKILL)
open({count!r}, "w").write(chr(10).join(changes))
sys.exit(code)
"""
NUM_FRAMES = 2
_OF_THE_MOMENT = ("output", "created", "signature", "commit")  # of a manifest


@pytest.fixture
def words(
    clip: Path, checkpoint: Path, make_face: Callable[..., Face], alignments: Callable[..., Path]
) -> Callable[..., list[str]]:
    """The words of a command line that converts the first frames of a clip; where its faces are stands in a file."""
    file = alignments(clip, [make_face().landmarks_682] * NUM_FRAMES)

    def words(output: Path, *more: str) -> list[str]:
        files = (f"footage={clip}", f"checkpoint={checkpoint}", f"alignments={file}")
        options = ("identity=ada", "device=cpu", f"range=0:{NUM_FRAMES}", "segment_frames=1")
        return ["convert", *files, *options, f"output={output}", *more]

    return words


class Child:
    """Runs commands in processes that come with everything imported."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._forks = multiprocessing.get_context("forkserver")
        self._forks.set_forkserver_preload(["faceswap_lab.commands.convert", "faceswap_lab.swap.export.graph"])

    def run(self, words: list[str], *, deadly: int | None = None) -> tuple[int | None, str]:
        """Its exit code and what it said; ``deadly`` is the change of a name that it does not live to make."""
        code = _IN_A_CHILD.format(
            log=str(self._folder / "said.txt"), count=str(self._folder / "count.txt"), words=words, deadly=deadly
        )
        process = self._forks.Process(target=exec, args=(code,))  # type: ignore[attr-defined]
        process.start()
        process.join()
        return process.exitcode, (self._folder / "said.txt").read_text()

    def changes(self) -> list[str]:
        """The changes that the last command made."""
        return (self._folder / "count.txt").read_text().split()


@pytest.fixture
def child(tmp_path_factory: pytest.TempPathFactory) -> Child:
    return Child(tmp_path_factory.mktemp("child"))


def everything(folder: Path) -> dict[str, Any]:
    """All files below a folder, by what is in them; of clips and manifests without the time of their making."""
    found: dict[str, Any] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        if path.name.endswith(".manifest.json"):
            manifest = json.loads(path.read_text())
            found[name] = {key: manifest[key] for key in manifest if key not in _OF_THE_MOMENT}
        elif path.suffix == ".mp4":
            with av.open(str(path)) as container:
                found[name] = [(p.stream_index, p.pts, p.dts, bytes(p)) for p in container.demux() if p.size]
        else:
            found[name] = path.read_bytes()
    return found


@pytest.mark.crash
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("out.mp4", ["writer.preset=ultrafast", "also=[alpha,patches,side_by_side,slider]"]),
        ("out.mp4", ["writer.preset=ultrafast", "also=[alpha,patches]", "segment_frames=null"]),
        ("frames", ["writer=png", "also=[patches]"]),
    ],
    ids=["segments", "one piece", "folder"],
)
def test_killed_before_any_change_of_a_name(
    tmp_path: Path, words: Callable[..., list[str]], child: Child, name: str, more: list[str]
) -> None:
    for folder in ("whole", "killed"):
        (tmp_path / folder).mkdir()
        code, said = child.run(words(tmp_path / folder / name, *more))  # the first one makes the signing key as well
        assert code == 0, said
    num_changes, whole, killed = len(child.changes()), everything(tmp_path / "whole"), tmp_path / "killed"
    assert num_changes > 10
    for deadly in range(num_changes + 1):
        remove(killed)
        killed.mkdir()
        code, said = child.run(words(killed / name, *more), deadly=deadly)
        assert code == -signal.SIGKILL, said
        code, said = child.run(words(killed / name, *more))
        assert code == 0, f"after a kill before change {deadly}: {said}"
        assert everything(killed) == whole, f"after a kill before change {deadly}"
        assert not [path for path in killed.rglob("*") if path.is_dir() and not any(path.iterdir())]
