"""Expression and gaze: nothing but expression counts, and more of it counts more."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from faceswap_lab.core.errors import NoFaceError, ShapeError
from faceswap_lab.evaluation.expression_error import MOVING, RIGID, expression_error
from faceswap_lab.evaluation.gaze import gaze, gaze_error
from faceswap_lab.faces.face import OUTER_EYES
from faceswap_lab.faces.mean_face import MEAN_FACE_682

FACE = MEAN_FACE_682 * 200 + 20


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, (2, 2), elements=st.floats(-0.3, 0.3)), arrays(np.float64, 2, elements=st.floats(-99, 99)))
def test_turning_moving_and_scaling_a_head_is_no_expression(bend: np.ndarray, shift: np.ndarray) -> None:
    assert expression_error(FACE @ (np.eye(2) + bend).T + shift, FACE) == pytest.approx(0.0, abs=1e-9)


def test_an_open_mouth_counts_by_its_share_of_the_points() -> None:
    eyes = np.linalg.norm(FACE[OUTER_EYES[0]] - FACE[OUTER_EYES[1]])
    errors = []
    for gap in (0.0, 5.0, 10.0, 20.0):
        opened = FACE.copy()
        opened[[65, 66, 67]] += (0.0, gap)
        errors.append(expression_error(opened, FACE))
    assert errors == pytest.approx([3 * gap / len(MOVING) / eyes for gap in (0.0, 5.0, 10.0, 20.0)], abs=1e-12)


def test_no_point_is_rigid_and_moving() -> None:
    assert not set(RIGID) & set(MOVING)


def test_errors() -> None:
    with pytest.raises(ShapeError, match="68"):
        expression_error(FACE[:5], FACE)
    with pytest.raises(NoFaceError, match="coincide"):
        expression_error(FACE, np.zeros((68, 2)))


def looking(along: float) -> np.ndarray:
    """A bright face whose dark irises stand so many eye widths from the middle of the lids."""
    image = np.full((260, 260, 3), 220, np.uint8)
    for first, last in ((36, 39), (42, 45)):
        centre = (FACE[first] + FACE[last]) / 2 + along * (FACE[last] - FACE[first])
        cv2.circle(image, tuple(round(v * 16) for v in centre), 3 * 16, (20, 20, 20), -1, cv2.LINE_AA, 4)
    return image


def test_gaze_follows_the_iris() -> None:
    places = [gaze(looking(along), FACE)[0] for along in (-0.2, -0.1, 0.0, 0.1, 0.2)]
    assert places == pytest.approx([-0.2, -0.1, 0.0, 0.1, 0.2], abs=0.05)
    assert places == sorted(places)


def test_shut_eyes_look_nowhere() -> None:
    shut = FACE.copy()
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        shut[upper] = shut[lower] = (FACE[upper] + FACE[lower]) / 2
    assert np.isnan(gaze(looking(0.0)[:, :, :], shut * [1.0, 1e-6])).all()


def test_gaze_error_knows_no_offset_and_grows_with_the_difference() -> None:
    generator = np.random.default_rng(1)
    footage = generator.normal(0.0, 0.1, (60, 2))
    assert gaze_error(footage + 0.3, footage) == pytest.approx(np.zeros(60), abs=1e-12)
    means = [gaze_error(footage * share, footage).mean() for share in (1.0, 0.7, 0.3, 0.0)]
    assert means == sorted(means)
    shut = footage.copy()
    shut[3] = np.nan
    assert np.isnan(gaze_error(shut, footage)).tolist() == [place == 3 for place in range(60)]
    assert gaze_error(np.full((2, 2), np.nan), np.zeros((2, 2))).shape == (2,)
