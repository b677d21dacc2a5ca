"""What docs/hard_footage.md says of each hard file, beyond that it opens or is refused."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from faceswap_lab.core.consent import check_consent
from faceswap_lab.faces.detectors.mtcnn import Mtcnn
from faceswap_lab.faces.extraction import ExtractionReport, extract
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.faces.landmarkers.dlib68 import Dlib68
from faceswap_lab.faces.quarter_turns import QUARTER_TURNS
from faceswap_lab.media.footage import open_footage

pytestmark = pytest.mark.hard


class Extracted(NamedTuple):
    """What a whole extraction with the default options found."""

    report: ExtractionReport
    rows: list[FaceRow]
    width: int
    height: int

    @property
    def recall(self) -> float:
        """Share of the frames in which a face was found."""
        return self.report.num_faces / self.report.num_frames

    def frames(self) -> list[int]:
        """Frames with a face."""
        return [row.frame_index for row in self.rows]


Whole = Callable[..., Extracted]


@pytest.fixture
def whole(footage_dir: Path, tmp_path: Path) -> Whole:
    def make(name: str, rotations: tuple[int, ...] = (0,)) -> Extracted:
        footage = footage_dir / "hard" / name
        finder = FaceFinder(Mtcnn(rotations=rotations), Dlib68())
        record = IdentityRecord("someone", check_consent("self"))
        report = extract(footage, tmp_path / "set", record=record, finder=finder)
        info = open_footage(footage).info
        return Extracted(report, Faceset.open(tmp_path / "set").rows(), info.width, info.height)

    return make


def test_no_track_crosses_a_cut(whole: Whole) -> None:
    found = whole("h02_cut_two_ids.mp4")
    scenes = {row.track: set() for row in found.rows}
    for row in found.rows:
        scenes[row.track].add((row.frame_index >= 40) + (row.frame_index >= 80))
    assert found.recall == 1
    assert all(len(of_track) == 1 for of_track in scenes.values())


def test_rotation_in_the_container_is_applied(whole: Whole) -> None:
    found = whole("h03_rotmeta.mp4")
    assert found.recall == 1
    assert max(abs(row.roll) for row in found.rows) < 30
    assert found.height > found.width


@pytest.mark.parametrize("name", ["h04_rotpix90.mp4", "h05_rotpix180.mp4"])
def test_turned_pixels_are_found_with_rotations(whole: Whole, name: str) -> None:
    found = whole(name, QUARTER_TURNS)
    assert found.recall >= 0.95
    assert min(abs(row.roll) for row in found.rows) > 60


def test_times_of_a_variable_rate_are_the_true_ones(whole: Whole, footage_dir: Path) -> None:
    found = whole("h06_vfr.mp4")
    true_ms = json.loads((footage_dir / "hard" / "h06_vfr_pts.json").read_text())
    assert found.recall == 1
    times_ms = np.array([1000 * row.pts_s for row in found.rows])
    np.testing.assert_allclose(times_ms, np.array(true_ms)[found.frames()], atol=1.0)


def test_nothing_is_found_in_black_and_it_goes_on_after(whole: Whole) -> None:
    found = whole("h09_black_mid.mp4")
    before, after = ([row for row in found.rows if side(row.frame_index)] for side in ((30).__gt__, (59).__lt__))
    assert len(before) + len(after) == len(found.rows), "no face in frames 30 to 59"
    assert len(before) == 30
    assert len(after) == found.report.num_frames - 60
    assert not {row.track for row in before} & {row.track for row in after}


@pytest.mark.parametrize("name", ["h10_lowres.mp4", "h13_dark_noise.mp4"])
def test_small_and_dark_faces_are_found_throughout(whole: Whole, name: str) -> None:
    assert whole(name).recall == 1


def test_the_occluded_stretch_is_marked(whole: Whole, footage_dir: Path) -> None:
    """The more of the face an ellipse covers, the higher the hint."""
    found = whole("h11_occlusion_synth.mp4")
    ellipses = json.loads((footage_dir / "hard" / "h11_occlusion_synth.json").read_text())["ellipses"]
    covered = np.array([_covered(row, ellipses[row.frame_index]) for row in found.rows])
    hint = np.array([row.occlusion for row in found.rows], np.float64)
    assert (covered > 0.1).sum() >= 10
    assert (covered == 0).sum() >= 10
    assert hint[covered > 0.1].mean() > 3 * hint[covered == 0].mean()


def _covered(row: FaceRow, ellipse: list[float]) -> float:
    """Share of the 68 points under the ellipse."""
    cx, cy, rx, ry, angle_deg = ellipse
    turn = np.deg2rad(angle_deg)
    offset = row.landmarks_682 - (cx, cy)
    along = offset @ (np.cos(turn), np.sin(turn))
    across = offset @ (-np.sin(turn), np.cos(turn))
    return float(((along / rx) ** 2 + (across / ry) ** 2 <= 1).mean())


def test_a_face_cut_to_less_than_half_has_no_row(whole: Whole) -> None:
    found = whole("h12_face_leaves_frame.mp4")
    for row in found.rows:
        x, y = row.landmarks_682.T
        inside = (x >= 0) & (y >= 0) & (x <= found.width - 1) & (y <= found.height - 1)
        assert inside.mean() >= 0.5, row.frame_index


def test_the_frames_of_a_truncated_file_are_kept(whole: Whole, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = whole("h15_truncated_faststart.mp4")
    assert found.frames() == list(range(21))
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize(
    "name",
    [
        *("h20_odd_dims.mp4", "h21_hevc_10bit.mp4", "h22_one_frame.mp4", "h23_gray.mkv"),
        *("h25_nonzero_start.mp4", "h26 ünïcode name (1).mp4", "r01_hand_before_mouth.mkv"),
        "r02_hands_before_chin.mkv",
    ],
)
def test_odd_formats_and_hands_lose_no_face(whole: Whole, name: str) -> None:
    assert whole(name).recall == 1


def test_a_turn_to_profile_is_followed_until_it_is_one(whole: Whole) -> None:
    found = whole("r04_turn_to_profile.gif")
    assert found.recall >= 0.75
    assert max(abs(row.yaw) for row in found.rows) > 35
