"""A real SIGKILL in the middle of an extraction: the set is valid, and the next run ends where a whole run would."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.frame_range import FrameRange
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


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_killed_again_and_again_it_ends_as_a_whole_run(footage_dir: Path, tmp_path: Path) -> None:
    clip, killed = footage_dir / "clips" / "man_kitchen.mp4", tmp_path / "killed"
    for kill_at in (1, 33, 50, 97):
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
    whole, resumed = Faceset.open(tmp_path / "whole"), Faceset.open(killed)
    assert resumed.content_hash() == whole.content_hash()
    assert len(whole) == 120
