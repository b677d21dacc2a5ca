"""Stretches: one face keeps its number while its boxes overlap, and nothing crosses a cut."""

import numpy as np
import pytest

from faceswap_lab.faces.face import Face
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.faces.stretches import Stretches, colour_histogram, overlap

GREY = np.full((90, 160, 3), 100, np.uint8)
RED = np.array([[[200, 20, 20]]], np.uint8).repeat(90, 0).repeat(160, 1)


def at(x: float, size: float = 40) -> Face:
    return Face(np.array([x, 10, x + size, 10 + size]), MEAN_FACE_682 * size + [x, 10], 0.9)


def test_overlap_in_closed_form() -> None:
    assert overlap(at(0).box_4, at(0).box_4) == pytest.approx(1)
    assert overlap(at(0).box_4, at(20).box_4) == pytest.approx(1 / 3)
    assert overlap(at(0).box_4, at(50).box_4) == 0
    assert overlap(np.zeros(4), np.zeros(4)) == 0


def test_two_faces_keep_their_numbers_when_their_order_changes() -> None:
    stretches = Stretches()
    assert stretches.assign(GREY, [at(0), at(100)]) == [0, 1]
    assert stretches.assign(GREY, [at(95), at(5)]) == [1, 0]
    assert stretches.assign(GREY, [at(10), at(60), at(90)]) == [0, 2, 1]


def test_two_faces_never_share_a_number() -> None:
    stretches = Stretches()
    stretches.assign(GREY, [at(0)])
    assert stretches.assign(GREY, [at(12), at(2)]) == [1, 0], "the nearer one carries on"


def test_a_missed_frame_a_jump_and_a_cut_end_a_stretch() -> None:
    stretches = Stretches()
    assert stretches.assign(GREY, [at(0)]) == [0]
    assert stretches.assign(GREY, []) == []
    assert stretches.assign(GREY, [at(0)]) == [1]
    assert stretches.assign(GREY, [at(80)]) == [2]
    assert stretches.assign(RED, [at(80)]) == [3], "the same place after a cut is another face"
    assert stretches.assign(RED, [at(80)]) == [3]


def test_the_histogram_sums_to_one() -> None:
    histogram = colour_histogram(np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8))
    assert histogram.shape == (512,)
    assert histogram.sum() == pytest.approx(1)
