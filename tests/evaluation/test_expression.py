"""The mouth's opening and its correlation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.evaluation.expression import correlation, mouth_opening


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


def test_correlation_equals_numpy_and_ignores_gain_and_offset() -> None:
    generator = np.random.default_rng(1)
    first = generator.normal(size=50)
    second = first + generator.normal(size=50)
    expected = float(np.corrcoef(first, second)[0, 1])
    assert correlation(first, second) == pytest.approx(expected)
    assert correlation(first, 0.1 * second + 7.0) == pytest.approx(expected)
    assert correlation(first, -second) == pytest.approx(-expected)


def test_correlation_says_nothing_about_a_still_or_short_series() -> None:
    assert correlation(np.ones(10), np.arange(10.0)) is None
    assert correlation(np.arange(2.0), np.arange(2.0)) is None


def test_errors() -> None:
    with pytest.raises(ShapeError, match="68"):
        mouth_opening(np.zeros((5, 2)))
    with pytest.raises(ShapeError, match="coincide"):
        mouth_opening(np.zeros((68, 2)))
    with pytest.raises(ShapeError, match="equal length"):
        correlation(np.zeros(3), np.zeros(4))
