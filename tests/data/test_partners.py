"""Partners: the face that does most nearly the same, mirrored where asked, trusted by how near it is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.partners import Partners, qualities
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.mean_face import MEAN_FACE_682


@pytest.fixture
def row(make_faceset: object) -> FaceRow:
    faceset: Faceset = make_faceset("ada", 2)  # type: ignore[operator]
    return replace(faceset.rows()[0], landmarks_682=MEAN_FACE_682 * 100, yaw=0.0, pitch=0.0)


def turned(row: FaceRow, *yaws: float) -> list[FaceRow]:
    return [replace(row, yaw=yaw) for yaw in yaws]


def opened(row: FaceRow, gap: float) -> FaceRow:
    points = row.landmarks_682.copy()
    points[[65, 66, 67], 1] += gap
    return replace(row, landmarks_682=points)


def draws(partners: Partners, face: int, count: int = 60) -> list[tuple[int, bool, float]]:
    rng = np.random.default_rng(1)
    return [tuple(partners.draw(0, face, 1, rng)) for _ in range(count)]


def test_the_face_turned_alike_is_drawn_and_trusted(row: FaceRow) -> None:
    partners = Partners([turned(row, 10.0), turned(row, -20.0, 10.0, 30.0)], choices=1)
    straight = [d for d in draws(partners, 0) if not d[1]]
    assert {face for face, _, _ in straight} == {1}
    assert {weight for _, _, weight in straight} == {1.0}


def test_mirrored_partners_look_to_the_other_side(row: FaceRow) -> None:
    partners = Partners([turned(row, 10.0), turned(row, -10.0, 10.0)], choices=1)
    assert {(face, mirrored) for face, mirrored, _ in draws(partners, 0)} == {(0, True), (1, False)}


def test_trust_falls_with_the_difference(row: FaceRow) -> None:
    weights = [draws(Partners([turned(row, 0.0), turned(row, yaw)], choices=1), 0)[0][2] for yaw in (0, 5, 10, 20)]
    assert weights[0] == 1
    assert weights == sorted(weights, reverse=True)
    assert weights[1] == pytest.approx(np.exp(-1 / 12))


def test_an_open_mouth_finds_an_open_mouth_on_a_face_of_another_size(row: FaceRow) -> None:
    other = [replace(r, landmarks_682=r.landmarks_682 * 3 + 50) for r in (row, opened(row, 10), opened(row, 20))]
    partners = Partners([[row, opened(row, 10), opened(row, 20)], other], choices=1)
    for face in range(3):
        assert {drawn for drawn, _, _ in draws(partners, face)} == {face}


def test_choices_spread_over_the_nearest(row: FaceRow) -> None:
    partners = Partners([turned(row, 0.0), turned(row, 1.0, -1.0, 2.0, 60.0)], choices=3)
    assert {face for face, _, _ in draws(partners, 0)} == {0, 1, 2}


def test_fewer_faces_than_choices_will_do(row: FaceRow) -> None:
    assert {face for face, _, _ in draws(Partners([turned(row, 0.0), turned(row, 5.0)], choices=4), 0)} == {0}


def test_what_is_a_persons_own_at_rest_does_not_count(row: FaceRow) -> None:
    wide = row.landmarks_682.copy()
    wide[48, 0] -= 8
    wide[54, 0] += 8
    np.testing.assert_allclose(qualities([row, row]), qualities([replace(row, landmarks_682=wide)] * 2), atol=1e-9)


def test_no_choice_is_refused(row: FaceRow, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data\.partners"):
        Partners([[row], [row]], choices=0)
