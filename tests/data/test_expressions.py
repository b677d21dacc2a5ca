"""What faces do in numbers: openings as they are, widths and brows from the person's rest, eyes from open."""

from dataclasses import replace

import numpy as np
import pytest

from faceswap_lab.data.expressions import expressions
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.mean_face import MEAN_FACE_682


@pytest.fixture
def row(make_faceset: object) -> FaceRow:
    faceset: Faceset = make_faceset("ada", 2)  # type: ignore[operator]
    return replace(faceset.rows()[0], landmarks_682=MEAN_FACE_682 * 100)


def moved(row: FaceRow, points: list[int], by: float) -> FaceRow:
    landmarks_682 = row.landmarks_682.copy()
    landmarks_682[points, 1] += by
    return replace(row, landmarks_682=landmarks_682)


def test_a_mouth_opens_by_the_gap_over_the_eye_distance(row: FaceRow) -> None:
    closed, opened = expressions([row, moved(row, [65, 66, 67], 10.0)])
    eyes = np.linalg.norm(row.landmarks_682[36] - row.landmarks_682[45])
    assert opened[0] - closed[0] == pytest.approx(10.0 / eyes, rel=1e-3)
    np.testing.assert_allclose(opened[1:], closed[1:])


def test_a_person_at_rest_is_zero_but_for_the_mouths_opening(row: FaceRow) -> None:
    np.testing.assert_allclose(expressions([row] * 5)[:, 1:], 0.0, atol=1e-12)


def test_closing_eyes_count_and_wide_open_ones_do_not(row: FaceRow) -> None:
    closing, wide = moved(row, [40, 41, 46, 47], -3.0), moved(row, [40, 41, 46, 47], 3.0)
    values_NE = expressions([row] * 8 + [closing, wide])
    assert values_NE[8, 2] < -0.02
    assert values_NE[9, 2] == 0.0
