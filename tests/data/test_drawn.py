"""Drawn faces pass for faces: detectors find them, and their exact landmarks are what a landmarker sees."""

from pathlib import Path

import numpy as np
import pytest

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.data.animation import Moment, animate
from faceswap_lab.data.drawn import draw_face, draw_person, drawn_frames
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.expression import mouth_opening
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import build_finder


def test_every_face_is_found_and_its_landmarks_agree() -> None:
    finder = build_finder()
    wanted, seen = [], []
    for seed in range(4):
        for moment in animate(seed, num_frames=200)[::70]:
            image, landmarks = draw_face(draw_person(seed), moment)
            faces = finder.find(image)
            assert len(faces) == 1, (seed, moment)
            unit = np.linalg.norm(landmarks[45] - landmarks[36])
            apart = np.linalg.norm(faces[0].landmarks_682[17:] - landmarks[17:], axis=1).mean()
            assert apart < 0.12 * unit, (seed, moment)
            wanted.append(mouth_opening(landmarks))
            seen.append(mouth_opening(faces[0].landmarks_682))
    assert np.corrcoef(wanted, seen)[0, 1] > 0.85


@pytest.mark.parametrize("opening", [0.0, 0.2, 0.4])
def test_landmarks_show_the_wanted_opening(opening: float) -> None:
    landmarks = draw_face(draw_person(3), Moment(mouth_opening=opening))[1]
    assert mouth_opening(landmarks) == pytest.approx(opening, abs=0.03)


def test_pose_expression_and_scale_move_the_landmarks() -> None:
    person = draw_person(1)
    still = draw_face(person, Moment())[1]
    turned = draw_face(person, Moment(yaw_deg=20.0))[1]
    assert turned[30, 0] < still[30, 0] - 5, "positive yaw turns to the image's left"
    closed = draw_face(person, Moment(lids=1.0))[1]
    assert np.linalg.norm(closed[37] - closed[41]) < 0.2 * np.linalg.norm(still[37] - still[41])
    larger = draw_face(person, Moment(scale=1.2))[1]
    assert np.ptp(larger[:, 0]) == pytest.approx(1.2 * np.ptp(still[:, 0]))


def test_seeds_decide_and_people_differ() -> None:
    first, second = draw_face(draw_person(5), Moment()), draw_face(draw_person(5), Moment())
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert draw_person(5) != draw_person(6)
    frames = list(drawn_frames(5, 3, size=64))
    assert [image.shape for image, _ in frames] == [(64, 64, 3)] * 3


def test_a_face_partly_outside_the_image_is_drawn_as_far_as_it_goes() -> None:
    image, landmarks = draw_face(draw_person(2), Moment(shift_2=(0.9, -0.9)), size=96)
    assert image.shape == (96, 96, 3)
    assert landmarks[:, 0].min() > 48


def test_a_drawn_face_set_opens_like_an_extracted_one(tmp_path: Path) -> None:
    drawn_faceset(tmp_path / "ada", "ada", 5, identity_seed=1, crop_spec=CropSpec(size=64))
    with Faceset.open(tmp_path / "ada") as faceset:
        rows = faceset.rows()
        assert len(rows) == 5
        assert [row.frame_index for row in rows] == [0, 1, 2, 3, 4]
        assert faceset.identity.name == "ada"
        assert faceset.identity.consent.basis == "synthetic"
        assert faceset.crop(rows[0]).shape == (64, 64, 3)
        assert faceset.mask(rows[0]).max() == 255
    with pytest.raises(FacesetError):
        drawn_faceset(tmp_path / "ada", "ben", 5, identity_seed=2)
