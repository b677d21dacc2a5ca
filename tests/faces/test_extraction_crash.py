"""A real SIGKILL in the middle of an extraction: the set is valid, and the next run ends where a whole run would."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.consent_binding import require_faceset_consent
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import build_finder
from faceswap_lab.faces.identity_record import IdentityRecord

RANGE = "0:120"
SCRIPT = """
import sys
from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.finder import build_finder
from faceswap_lab.faces.identity_record import IdentityRecord
record = IdentityRecord("man", check_consent("self"))
extract(sys.argv[1], sys.argv[2], record=record, finder=build_finder(), ranges=FrameRange.parse(sys.argv[3]))
"""


def num_crops(folder: Path) -> int:
    return len(list((folder / "crops").glob("*.png"))) if (folder / "crops").is_dir() else 0


def rows(folder: Path) -> list[tuple[object, ...]]:
    """All that the tables say of each face, but for the number of its row."""
    with Faceset.open(folder).database.reading() as connection:
        found = connection.execute("SELECT * FROM faces ORDER BY media, frame_index, face_index").fetchall()
    return [row[1:] for row in found]


@pytest.mark.crash
@pytest.mark.timeout(1800)
def test_killed_at_twenty_points_it_ends_as_a_whole_run(
    footage_dir: Path, tmp_path: Path, kill_loop: Callable[..., int]
) -> None:
    """Faces, pictures, vectors, the consent that is bound to them, and the datasheet."""
    clip, whole = footage_dir / "clips" / "man_kitchen.mp4", tmp_path / "whole"

    def extract_into(target: Path) -> list[str]:
        words = [f"footage={clip}", f"faceset={target}", "range=0:80", "identity.name=man"]
        return ["extract", *words, "identity.consent.basis=self"]

    def check(target: Path) -> None:
        assert_equal(Faceset.open(target), Faceset.open(whole))
        assert rows(target) == rows(whole)
        for name in ("identity.yaml", "datasheet.md"):
            assert (target / name).read_bytes() == (whole / name).read_bytes()
        require_faceset_consent(Faceset.open(target))

    targets = lambda number: tmp_path / f"killed_{number}"  # noqa: E731
    assert kill_loop(extract_into, check, whole=whole, targets=targets, seed=1) >= 12
    assert len(Faceset.open(whole)) == 80


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_killed_where_faces_are_written_it_loses_one_commit_at_most(footage_dir: Path, tmp_path: Path) -> None:
    clip, killed = footage_dir / "clips" / "man_kitchen.mp4", tmp_path / "killed"
    for kill_at in (1, 20, 33, 45, 50, 64, 70, 80, 97, 110):
        worker = subprocess.Popen([sys.executable, "-c", SCRIPT, str(clip), str(killed), RANGE])
        started = time.monotonic()
        while num_crops(killed) < kill_at and worker.poll() is None and time.monotonic() - started < 120:
            time.sleep(0.005)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        if (killed / "identity.yaml").exists():
            faceset = Faceset.open(killed, may_be_empty=True)
            assert all(faceset.crop(row).shape == (256, 256, 3) for row in faceset.rows())
            assert all(faceset.mask(row).shape == (256, 256) for row in faceset.rows())
            assert len(faceset) >= kill_at - 33, "at most one commit's rows are lost"
    record, ranges = IdentityRecord("man", check_consent("self")), FrameRange.parse(RANGE)
    report = extract(clip, killed, record=record, finder=build_finder(), ranges=ranges)
    assert report.resumed_at == 96
    extract(clip, tmp_path / "whole", record=record, finder=build_finder(), ranges=ranges)
    whole = Faceset.open(tmp_path / "whole")
    assert len(whole) == 120
    assert_equal(Faceset.open(killed), whole)


def assert_equal(resumed: Faceset, whole: Faceset) -> None:
    """Faces, pictures and vectors are the same, and there are no pictures besides."""
    assert resumed.content_hash() == whole.content_hash()
    assert resumed.identity.media == whole.identity.media
    vectors = [[row.embedding is not None for row in faceset.rows()] for faceset in (resumed, whole)]
    assert vectors[0] == vectors[1]
    for name in ("crops", "masks"):
        files = [sorted(path.name for path in (faceset.path / name).iterdir()) for faceset in (resumed, whole)]
        assert files[0] == files[1] == sorted(row.file_name for row in whole.rows())


def command(clips: list[Path], target: Path, *more: str) -> list[str]:
    words = [f"footage=[{', '.join(map(str, clips))}]", f"faceset={target}", "range=0:70", "workers=2", *more]
    return [sys.executable, "-m", "faceswap_lab", "extract", *words]


@pytest.mark.crash
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", ["one", "people"])
def test_a_pool_killed_at_ten_points_ends_as_a_whole_run(footage_dir: Path, tmp_path: Path, kind: str) -> None:
    clips = [footage_dir / "clips" / f"{name}.mp4" for name in ("man_kitchen", "woman_outdoors")]
    clips += [footage_dir / "hard" / name for name in ("h02_cut_two_ids.mp4", "h14_truncated_nomoov.mp4")]
    ground = ("identity.name=someone", "identity.consent.basis=self") if kind == "one" else ("people=cluster",)
    killed, staging = tmp_path / "killed", tmp_path / ".killed.extracting"
    choose = random.Random(7)

    def num_written() -> int:
        # os.walk passes over a folder that the extraction takes away meanwhile; rglob does not.
        walked = (found for folder in (staging, killed) for found in os.walk(folder))
        return sum(
            name.endswith(".png") for parent, _, names in walked if Path(parent).name == "crops" for name in names
        )

    num_killed = 0
    for point in range(10):
        worker = subprocess.Popen(command(clips, killed, *ground), start_new_session=True)
        wanted, started = num_written() + choose.randint(0, 24), time.monotonic()
        while num_written() < wanted and worker.poll() is None and time.monotonic() - started < 120:
            time.sleep(0.005)
        time.sleep(choose.random() * 0.2)
        num_killed += worker.poll() is None
        with contextlib.suppress(ProcessLookupError):  # it may end by itself just now
            if point % 2:
                os.kill(worker.pid, signal.SIGKILL)  # its workers have to notice
            else:
                os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    assert num_killed >= 6  # a quick machine may be done before the last kills
    for target in (killed, tmp_path / "whole"):
        done = subprocess.run(command(clips, target, *ground), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "1 of 4 clips gave no faces" in done.stderr
    assert not staging.exists()
    sets = sorted(path.parent for path in (tmp_path / "whole").rglob("identity.yaml"))
    assert len(sets) == (1 if kind == "one" else 2)
    for whole in sets:
        assert_equal(Faceset.open(killed / whole.relative_to(tmp_path / "whole")), Faceset.open(whole))
