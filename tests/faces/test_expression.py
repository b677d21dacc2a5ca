"""What a face does in numbers: closed forms, and nothing of scale, place or tilt."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.faces.expression import brow_height, eye_opening, mouth_opening, mouth_width

ALL = (mouth_opening, mouth_width, eye_opening, brow_height)


def face_with_gap(gap_px: float) -> np.ndarray:
    landmarks = np.random.default_rng(3).uniform(0.0, 100.0, (68, 2))
    landmarks[36], landmarks[45] = (10.0, 40.0), (90.0, 40.0)
    for top, bottom, x in ((61, 67, 40.0), (62, 66, 50.0), (63, 65, 60.0)):
        landmarks[top], landmarks[bottom] = (x, 70.0), (x, 70.0 + gap_px)
    return landmarks


def test_opening_is_gap_over_eye_distance() -> None:
    assert mouth_opening(face_with_gap(0.0)) == 0.0
    assert mouth_opening(face_with_gap(20.0)) == pytest.approx(0.25)


@given(st.floats(0.2, 20.0), st.floats(-3.0, 3.0), st.floats(-500.0, 500.0))
def test_opening_ignores_scale_rotation_and_shift(scale: float, angle: float, shift: float) -> None:
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = scale * face_with_gap(20.0) @ rotation.T + shift
    assert mouth_opening(moved) == pytest.approx(0.25, rel=1e-6)


def test_width_lids_and_brows_are_gaps_over_eye_distance() -> None:
    landmarks = face_with_gap(20.0)
    landmarks[48], landmarks[54] = (30.0, 75.0), (70.0, 75.0)
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        landmarks[upper], landmarks[lower] = (50.0, 38.0), (50.0, 42.0)
    landmarks[19], landmarks[24] = (50.0, 22.0), (50.0, 22.0)
    assert mouth_width(landmarks) == pytest.approx(0.5)
    assert eye_opening(landmarks) == pytest.approx(0.05)
    assert brow_height(landmarks) == pytest.approx(0.2)


@pytest.mark.parametrize("measure", ALL, ids=lambda measure: measure.__name__)
def test_mirroring_changes_nothing(measure: Callable[[np.ndarray], float]) -> None:
    from faceswap_lab.faces.head3d import MIRROR_68

    landmarks = face_with_gap(12.0)
    assert measure(landmarks[MIRROR_68] * [-1, 1]) == pytest.approx(measure(landmarks))


@pytest.mark.parametrize("measure", ALL, ids=lambda measure: measure.__name__)
def test_errors(measure: Callable[[np.ndarray], float]) -> None:
    with pytest.raises(ShapeError, match="68"):
        measure(np.zeros((5, 2)))
    with pytest.raises(ShapeError, match="coincide"):
        measure(np.zeros((68, 2)))
