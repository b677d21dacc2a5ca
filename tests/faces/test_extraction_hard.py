"""Everything that goes wrong in real footage, through extract: a result or one clear line, never anything half made."""

import logging
import re
from pathlib import Path

import pytest

from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.errors import FootageError, NoFaceError
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder, build_finder
from faceswap_lab.faces.identity_record import IdentityRecord

NO_FACE = ("h07_noface.mp4", "h08_black.mp4", "h04_rotpix90.mp4", "h05_rotpix180.mp4", "h16_corrupt_data.mp4")
NO_FOOTAGE = ("h14_truncated_nomoov.mp4", "h17_zero_bytes.mp4", "h18_not_a_video.mp4", "h19_audio_only.mp4")

# By name, so that a missing file fails rather than passes.
READABLE = (
    *("h01_two_faces_sbs.mp4", "h02_cut_two_ids.mp4", "h03_rotmeta.mp4", "h06_vfr.mp4", "h09_black_mid.mp4"),
    *("h10_lowres.mp4", "h11_occlusion_synth.mp4", "h12_face_leaves_frame.mp4", "h13_dark_noise.mp4"),
    *("h15_truncated_faststart.mp4", "h20_odd_dims.mp4", "h21_hevc_10bit.mp4", "h22_one_frame.mp4", "h23_gray.mkv"),
    *("h25_nonzero_start.mp4", "h26 ünïcode name (1).mp4", "r01_hand_before_mouth.mkv", "r02_hands_before_chin.mkv"),
    *("r03_two_people_vfr.gif", "r04_turn_to_profile.gif"),
)

pytestmark = pytest.mark.hard


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return build_finder()


def test_the_list_is_complete(footage_dir: Path) -> None:
    there = {path.name for path in (footage_dir / "hard").iterdir() if path.suffix != ".json"}
    assert there == {*READABLE, *NO_FACE, *NO_FOOTAGE}


@pytest.mark.parametrize("name", [*NO_FACE, *NO_FOOTAGE])
def test_refused_with_one_line_and_nothing_left(
    footage_dir: Path, tmp_path: Path, finder: FaceFinder, name: str
) -> None:
    record = IdentityRecord("someone", check_consent("self"))
    expected = NoFaceError if name in NO_FACE else FootageError
    with pytest.raises(expected, match=re.escape(name)) as caught:
        extract(footage_dir / "hard" / name, tmp_path / "set", record=record, finder=finder)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", READABLE)
def test_extracted(
    footage_dir: Path, tmp_path: Path, finder: FaceFinder, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    record = IdentityRecord("someone", check_consent("self"))
    with caplog.at_level(logging.WARNING):
        report = extract(footage_dir / "hard" / name, tmp_path / "set", record=record, finder=finder, every=3)
    faceset = Faceset.open(tmp_path / "set")
    assert len(faceset) == report.num_faces
    assert report.num_faces >= 0.75 * report.num_frames or name == "h09_black_mid.mp4"
    assert all(faceset.crop(row).shape == (256, 256, 3) for row in faceset.rows())
    times = [row.pts_s for row in faceset.rows()]
    assert times == sorted(times)
    if name == "h15_truncated_faststart.mp4":
        assert report.num_frames == 7, "21 frames decode, every third is looked at"
        assert "cannot be read" in caplog.text
    if name == "h25_nonzero_start.mp4":
        assert times[0] == pytest.approx(5.0)


def test_recall_on_the_two_clips(footage_dir: Path, tmp_path: Path, finder: FaceFinder) -> None:
    for clip in ("man_kitchen", "woman_outdoors"):
        record = IdentityRecord("someone", check_consent("self"))
        footage = footage_dir / "clips" / f"{clip}.mp4"
        report = extract(footage, tmp_path / clip, record=record, finder=finder, every=5)
        assert report.num_faces == report.num_frames
        assert report.num_with_more == 0
