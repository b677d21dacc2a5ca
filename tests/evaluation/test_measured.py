"""Figures with the frames behind them, matrices, the background, and colours collected frame by frame."""

import cv2
import numpy as np
import pytest

from faceswap_lab.evaluation.background import Background
from faceswap_lab.evaluation.colour_drift import ColourDrift
from faceswap_lab.evaluation.expression import correlation
from faceswap_lab.evaluation.matrices import matrices
from faceswap_lab.evaluation.measured import Measured, figures_of, intervals_of, ratio_of_means
from faceswap_lab.faces.maskers.hull import hull_mask
from faceswap_lab.faces.mean_face import MEAN_FACE_682

LANDMARKS = MEAN_FACE_682 * 100 + 60
SCENE = np.random.default_rng(1).integers(0, 256, (220, 240, 3), dtype=np.uint8)


def test_an_interval_holds_its_figure_and_shrinks_with_more_frames() -> None:
    noise = np.random.default_rng(0).normal(size=4000)
    short, long = Measured((noise[:60] + 1,)), Measured((noise + 1,))
    for measured in (short, long):
        low, high = measured.interval or (None, None)
        assert low < measured.figure < high
    assert np.diff(long.interval) < np.diff(short.interval) / 3


def test_what_cannot_be_said_is_none_and_has_no_interval() -> None:
    nothing, unknown = Measured((np.zeros(0),)), Measured((np.full(40, np.nan),))
    still = Measured((np.ones(40), np.arange(40.0)), correlation)
    over_nought = Measured((np.ones(40), np.zeros(40)), ratio_of_means)
    all_four = {"a": nothing, "b": unknown, "c": still, "d": over_nought}
    assert set(figures_of(all_four).values()) == {None}
    assert intervals_of(all_four) == {}


def test_frames_that_are_not_known_do_not_count() -> None:
    assert Measured((np.array([1.0, np.nan, 2.0]),)).figure == 1.5


def test_a_matrix_has_footage_down_identities_across_and_the_footage_itself_between() -> None:
    pairs = {"a>b": {"identity_distance_target": 0.4, "pose_error_deg": 3.0}, "b>a": None}
    real = {"a": {"frames_embedded": 9, "identity_distance": 0.2, "verified_ratio": 1.0, "rank_one_ratio": 1.0}}
    found = matrices(["a", "b"], pairs, real)
    assert found["identity_distance_target"] == [[0.2, 0.4], [None, None]]
    assert found["pose_error_deg"] == [[None, 3.0], [None, None]]


def test_the_background_is_what_the_swap_did_not_touch() -> None:
    box, changed = (50, 60, 150, 160), SCENE.copy()
    changed[60:160, 50:150] = 0
    measure = Background()
    measure.add(SCENE, changed, box)
    assert measure.measured.figure == 100.0
    decibels = []
    for blur in (0.5, 1.0, 3.0):
        measure = Background()
        measure.add(SCENE, cv2.GaussianBlur(SCENE, (0, 0), blur), box)
        decibels.append(measure.measured.figure)
    assert decibels == sorted(decibels, reverse=True)
    whole = Background()
    whole.add(SCENE, changed, (0, 0, 240, 220))
    assert whole.measured.figure is None


def test_a_face_whose_tone_pulses_drifts_and_one_of_another_tone_does_not() -> None:
    inside = hull_mask(LANDMARKS, np.eye(2, 3), 240)[:220, :, None] > 0
    drifts = []
    for pulse in (0, 5, 15):
        measure = ColourDrift()
        for k in range(6):
            grey = np.full((220, 240, 3), 120 + 2 * k, np.uint8)
            measure.add(grey, np.where(inside, grey + np.uint8(20 + pulse * (k % 2)), grey), LANDMARKS)
        drifts.append(measure.measured.figure)
    assert drifts[0] == pytest.approx(0.0, abs=0.2)
    assert drifts == sorted(drifts)
    assert drifts[2] > 2
    assert ColourDrift().measured.figure is None
