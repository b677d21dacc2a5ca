"""Cuts, matching, carrying, gaps and the state: closed forms, no pictures of people."""

import json

import numpy as np
import pytest

from faceswap_lab.faces.face import Face, FloatArray
from faceswap_lab.faces.landmark_confidence import landmark_confidence
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.faces.tracking.carry import carried_box, carried_detection
from faceswap_lab.faces.tracking.gaps import fill_gaps
from faceswap_lab.faces.tracking.match import assign_tracks, match_boxes, overlap
from faceswap_lab.faces.tracking.scene_cut import colour_histogram, histogram_change
from faceswap_lab.faces.tracking.state import ActiveTrack, TrackedFace, TrackState

SIDE = 40.0
FACE_682 = MEAN_FACE_682 * 100
UNIT = float(np.linalg.norm(FACE_682[45] - FACE_682[36]))


def box_at(x: float, y: float) -> FloatArray:
    return np.array([x - SIDE / 2, y - SIDE / 2, x + SIDE / 2, y + SIDE / 2])


def face_at(x: float, y: float = 60.0) -> Face:
    return Face(box_at(x, y), (MEAN_FACE_682 - 0.5) * SIDE + [x, y], 0.9)


# cuts ---------------------------------------------------------------------------------------------------------------


def test_histograms_sum_to_one_and_tell_colours_apart() -> None:
    rng = np.random.default_rng(1)
    histogram = colour_histogram(rng.integers(0, 256, (270, 480, 3), dtype=np.uint8))
    assert histogram.shape == (512,)
    assert histogram.sum() == pytest.approx(1)
    assert histogram_change(histogram, histogram) == 0
    dark, bright = (colour_histogram(np.full((9, 7, 3), level, np.uint8)) for level in (10, 250))
    assert histogram_change(dark, bright) == pytest.approx(1)


def test_half_a_changed_picture_is_half_a_change() -> None:
    before = np.zeros((240, 240, 3), np.uint8)
    after = before.copy()
    after[:, 120:] = 255
    assert histogram_change(colour_histogram(before), colour_histogram(after)) == pytest.approx(0.5, abs=0.01)


# matching -----------------------------------------------------------------------------------------------------------


def test_overlap_in_closed_form() -> None:
    box = np.array([0.0, 0, 10, 10])
    assert overlap(box, box) == 1
    assert overlap(box, box + [5, 0, 5, 0]) == pytest.approx(50 / 150)
    assert overlap(box, box + 10) == 0
    assert overlap(box, np.array([5.0, 5, 5, 5])) == 0


def test_matching_is_one_to_one_and_takes_the_best_first() -> None:
    before = [box_at(50, 50), box_at(60, 50)]
    after = [box_at(58, 50), box_at(49, 50), box_at(140, 50)]
    assert match_boxes(before, after, 0.3) == {0: 1, 1: 0}
    assert match_boxes(before[:1], after, 0.3) == {1: 0}
    assert match_boxes([], after, 0.3) == {}


def test_tracks_go_on_begin_and_end() -> None:
    _, state = assign_tracks(TrackState(next_track=3), [face_at(40), face_at(110)], least_overlap=0.3, max_missed=1)
    tracked, state = assign_tracks(state, [face_at(112)], least_overlap=0.3, max_missed=1)
    assert [face.track for face in tracked] == [4]
    tracked, state = assign_tracks(state, [face_at(42), face_at(112)], least_overlap=0.3, max_missed=1)
    assert [face.track for face in tracked] == [3, 4], "seen again after one frame"
    for _ in range(2):
        _, state = assign_tracks(state, [face_at(112)], least_overlap=0.3, max_missed=1)
    tracked, state = assign_tracks(state, [face_at(42)], least_overlap=0.3, max_missed=1)
    assert [face.track for face in tracked] == [5], "two frames are too long"


def test_a_state_survives_json_exactly() -> None:
    rng = np.random.default_rng(2)
    face = Face(rng.normal(size=4) * 1e3, rng.normal(size=(68, 2)) * 1e3, 1 / 3, None)
    state = TrackState((ActiveTrack(TrackedFace(face, 7, True), 2),), 8, 5, rng.random(512))
    again = TrackState.from_plain(json.loads(json.dumps(state.to_plain())))
    assert (again.next_track, again.num_since_detection) == (8, 5)
    (track,) = again.active
    assert (track.num_missed, track.last.track, track.last.interpolated) == (2, 7, True)
    np.testing.assert_array_equal(track.last.face.landmarks_682, face.landmarks_682)
    np.testing.assert_array_equal(track.last.face.box_4, face.box_4)
    np.testing.assert_array_equal(again.histogram_512, state.histogram_512)
    assert track.last.face.confidence == 1 / 3


# carrying and confidence --------------------------------------------------------------------------------------------


def test_a_box_moves_and_grows_as_its_landmarks_do() -> None:
    box = np.array([0.0, 0, 100, 80])
    np.testing.assert_allclose(carried_box(box, FACE_682, FACE_682 + [7, -3]), box + [7, -3, 7, -3], atol=1e-9)
    np.testing.assert_allclose(carried_box(box, FACE_682, FACE_682 * 1.5), box * 1.5, atol=1e-9)


def test_carried_keypoints_follow_the_face() -> None:
    one = carried_detection(Face(box_at(0, 0), FACE_682, 0.8))
    other = carried_detection(Face(box_at(0, 0), FACE_682 * 2 + [30, 5], 0.8))
    assert one.keypoints_52 is not None
    assert other.keypoints_52 is not None
    np.testing.assert_allclose(other.keypoints_52, one.keypoints_52 * 2 + [30, 5])
    assert one.confidence == 0.8


def test_confidence_falls_with_the_spread_of_the_answers() -> None:
    assert landmark_confidence(np.stack([FACE_682, FACE_682])) == 1
    apart = np.stack([FACE_682 + [0.03 * UNIT, 0], FACE_682 - [0.03 * UNIT, 0]])
    assert landmark_confidence(apart) == pytest.approx(0.5)
    assert landmark_confidence(np.zeros((2, 68, 2))) == 0


# gaps ---------------------------------------------------------------------------------------------------------------


def test_a_gap_is_filled_on_a_straight_line_and_marked() -> None:
    frames = [[TrackedFace(face_at(40), 0)], [], [], [TrackedFace(face_at(70), 0)]]
    fill_gaps(frames, 0, max_gap=2)
    for share, faces in zip((1 / 3, 2 / 3), frames[1:3], strict=True):
        (filled,) = faces
        assert filled.interpolated
        assert filled.face.landmark_confidence is None
        np.testing.assert_allclose(filled.face.box_4, box_at(40 + 30 * share, 60))
        np.testing.assert_allclose(filled.face.landmarks_682, face_at(40 + 30 * share).landmarks_682)


@pytest.mark.parametrize(("first", "max_gap", "filled"), [(0, 1, []), (0, 5, [1, 2]), (2, 5, [2])])
def test_long_gaps_and_finished_frames_are_left(first: int, max_gap: int, filled: list[int]) -> None:
    frames = [[TrackedFace(face_at(40), 0)], [], [], [TrackedFace(face_at(70), 0)]]
    fill_gaps(frames, first, max_gap=max_gap)
    assert [index for index in (1, 2) if frames[index]] == filled


def test_another_track_fills_nothing() -> None:
    frames = [[TrackedFace(face_at(40), 0)], [], [TrackedFace(face_at(42), 1)]]
    fill_gaps(frames, 0, max_gap=5)
    assert frames[1] == []
