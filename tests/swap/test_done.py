"""Outputs that an earlier run of the same arguments has finished stay as they are; whatever differs is made again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faceswap_lab.core.errors import OutputError
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.media.writers.x264 import X264
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.swapper import Swapper
from faceswap_lab.swap.writers.patches import Patches

Run = Callable[..., ConvertReport]


@pytest.fixture
def run(tmp_path: Path, clip: Path, checkpoint: Path, make_finder: Callable[..., FaceFinder]) -> Run:
    def run(output: str = "out.mp4", **options: Any) -> ConvertReport:
        defaults: dict[str, Any] = {
            "swapper": Swapper.from_checkpoint(checkpoint, device="cpu"),
            "identity": "ada",
            "finder": make_finder(),
            "writer": X264(preset="ultrafast"),
            "config": {"what": "all of these"},
            "keep_done": True,
            "also": [Patches()],
        }
        return convert(options.pop("footage", clip), tmp_path / output, **(defaults | options))

    return run


@pytest.mark.parametrize("output", ["out.mp4", "frames"])
def test_what_is_done_stays(run: Run, tmp_path: Path, output: str) -> None:
    """Folders as well, which nothing may be written into again."""
    made = run(output)
    assert not made.was_done
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    again = run(output)
    assert (again.was_done, again.num_frames, again.output) == (True, made.num_frames, made.output)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    manifest = json.loads(made.manifest.read_text())
    assert len(manifest["recipe_sha256"]) == 64


@pytest.mark.parametrize("change", ["options", "footage", "altered", "no manifest", "foreign manifest", "beside"])
def test_whatever_differs_is_made_again(run: Run, tmp_path: Path, clip: Path, change: str) -> None:
    made = run(also=[])
    options: dict[str, Any] = {"also": []}
    if change == "options":
        options |= {"config": {"what": "others"}}
    elif change == "footage":
        options |= {"footage": _other(clip, tmp_path)}
    elif change == "altered":
        made.output.write_bytes(made.output.read_bytes() + b"0")
    elif change == "no manifest":
        made.manifest.unlink()
    elif change == "foreign manifest":
        made.manifest.write_text("[1]")
    else:
        options |= {"also": [Patches()]}
    assert not run(**options).was_done
    assert run(**options).was_done


def test_what_a_killed_run_left_of_the_same_gives_way(run: Run, tmp_path: Path) -> None:
    """A folder beside the clip that had its name already, when the clip had not; of anything else it stays."""
    made = run()
    patches = {path.name: path.read_bytes() for path in (tmp_path / "out_patches").iterdir()}
    made.output.unlink()
    with pytest.raises(OutputError, match="out_patches: already holds files"):
        run(config={"what": "others"})
    (face,) = (tmp_path / "out_patches").glob("000000_0_face.png")
    face.write_bytes(b"painted by hand")
    with pytest.raises(OutputError, match="out_patches: already holds files"):
        run()
    assert face.read_bytes() == b"painted by hand"
    face.write_bytes(patches[face.name])
    again = run(keep_done=False)
    assert again.output.exists()
    assert {path.name: path.read_bytes() for path in (tmp_path / "out_patches").iterdir()} == patches
    assert not list(tmp_path.glob(".*"))


def test_what_a_run_that_was_done_could_not_remove_goes(run: Run, tmp_path: Path) -> None:
    made = run()
    (tmp_path / ".out.abcdefgh.part").mkdir()
    (tmp_path / ".out_patches.abcdefgh.part").mkdir()
    (tmp_path / ".out.mp4.segments").mkdir()
    (tmp_path / ".out.mp4.segments" / "segment_00000.mp4").touch()
    assert run().was_done
    assert made.output.exists()
    assert not list(tmp_path.glob(".*"))


def test_only_where_it_is_asked_for(run: Run) -> None:
    run(also=[])
    assert not run(also=[], keep_done=False).was_done
    assert not run(also=[], config=None).was_done


def _other(clip: Path, folder: Path) -> Path:
    (folder / "other").mkdir()
    other = folder / "other" / clip.name
    other.write_bytes(clip.read_bytes() + b"more")
    return other
