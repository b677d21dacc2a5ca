"""What all detectors share: turned frames, small faces, larger boxes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.detectors.mtcnn import Mtcnn
from faceswap_lab.faces.face import OUTER_EYES, Detection, Face
from faceswap_lab.faces.finder import FaceFinder, build_finder
from faceswap_lab.faces.geometry import transform_points
from faceswap_lab.faces.hog_box import hog_box
from faceswap_lab.faces.landmarkers.dlib68 import Dlib68
from faceswap_lab.faces.quarter_turns import QUARTER_TURNS, carry, landmarks_of, turn_upright, upright_matrix
from faceswap_lab.faces.search import Search
from faceswap_lab.media.footage import open_footage

FRAME = (60, 100)
SPOT = np.array([30.0, 20.0])  # x, y of the one bright pixel of the upright frame


def upright_frame() -> NDArray[np.uint8]:
    """A frame whose upper edge is bright and which shows one "face", a spot."""
    image = np.zeros((*FRAME, 3), np.uint8)
    image[0] = 50
    image[int(SPOT[1]), int(SPOT[0])] = 255
    return image


def find_spot(image: NDArray[np.uint8]) -> list[Detection]:
    """A detector that only knows frames the right way up."""
    if image[0, 1:-1].min() < 50:
        return []
    y, x = np.argwhere(image[:, :, 0] == 255)[0]
    points = np.array([[x - 2, y], [x + 2, y], [x, y], [x - 2, y + 3], [x + 2, y + 3]], float)
    return [Detection(np.array([x - 5.0, y - 4, x + 5, y + 6]), 0.9, points)]


@pytest.mark.parametrize("turn_deg", QUARTER_TURNS)
def test_found_at_any_turn_and_mapped_back(turn_deg: int) -> None:
    frame = np.ascontiguousarray(np.rot90(upright_frame(), -turn_deg // 90))  # the face turned clockwise
    assert Search().over(frame, find_spot) == [] or turn_deg == 0
    (found,) = Search(rotations=QUARTER_TURNS).over(frame, find_spot)
    assert found.turn_deg == turn_deg
    y, x = np.argwhere(frame[:, :, 0] == 255)[0]
    assert found.keypoints_52 is not None
    np.testing.assert_allclose(found.keypoints_52[2], [x, y])
    np.testing.assert_allclose((found.box_4[:2] + found.box_4[2:]) / 2, found.keypoints_52[2] + _down(turn_deg))
    left, right, _, mouth_left, _ = found.keypoints_52
    assert np.cross([*(right - left), 0], [*(mouth_left - left), 0])[2] > 0, "left and right are the face's own"


def _down(turn_deg: int) -> NDArray[np.float64]:
    turn = np.radians(turn_deg)
    return np.round([-np.sin(turn), np.cos(turn)])


@pytest.mark.parametrize("turn_deg", QUARTER_TURNS)
def test_matrix_says_where_pixels_go(turn_deg: int) -> None:
    image = np.random.default_rng(0).integers(0, 255, (7, 11, 3), np.uint8)
    turned, matrix = turn_upright(image, turn_deg), upright_matrix(turn_deg, image.shape)
    for x, y in ((0, 0), (10, 0), (3, 5)):
        u, v = transform_points(matrix, np.array([x, y])).astype(int)
        np.testing.assert_array_equal(turned[v, u], image[y, x])


def test_an_upright_face_ends_the_search() -> None:
    calls: list[int] = []

    def find(image: NDArray[np.uint8]) -> list[Detection]:
        calls.append(len(image))
        return find_spot(image)

    Search(rotations=QUARTER_TURNS).over(upright_frame(), find)
    assert calls == [60]
    Search(rotations=QUARTER_TURNS).over(np.zeros_like(upright_frame()), find)
    assert calls == [60, 60, 100, 60, 100]


def test_of_the_other_turns_the_surest_counts() -> None:
    def find(image: NDArray[np.uint8]) -> list[Detection]:
        scores = {0: None, 90: 0.6, 180: 0.9, 270: 0.7}
        turn = next(turn for turn in QUARTER_TURNS if (turn_upright(FULL, turn)[0, 0] == image[0, 0]).all())
        score = scores[turn]
        return [] if score is None else [Detection(np.array([0.0, 0, 9, 9]), score)]

    FULL = np.arange(4 * 6 * 3).reshape(4, 6, 3).astype(np.uint8)
    (found,) = Search(rotations=QUARTER_TURNS).over(FULL, find)
    assert (found.turn_deg, found.confidence) == (180, 0.9)


@pytest.mark.parametrize(("share", "kept"), [(0.0, 3), (0.2, 2), (0.5, 1), (0.9, 0)])
def test_small_faces_go(share: float, kept: int) -> None:
    boxes = [np.array([0.0, 0, side, side / 2]) for side in (40, 20, 6)]
    found = Search(min_face=share).over(upright_frame(), lambda image: [Detection(box, 1.0) for box in boxes])
    assert len(found) == kept


def test_margin_grows_the_box_and_not_what_landmarks_start_from() -> None:
    box = np.array([10.0, 10, 30, 50])
    (bare,) = Search(margin=0.25).over(upright_frame(), lambda image: [Detection(box, 1.0)])
    np.testing.assert_allclose(bare.box_4, [5, 0, 35, 60])
    np.testing.assert_allclose(hog_box(bare), box)
    (marked,) = Search(margin=0.25).over(upright_frame(), find_spot)
    np.testing.assert_allclose(hog_box(marked), hog_box(find_spot(upright_frame())[0]))


def test_settings_are_part_of_the_name_only_where_given() -> None:
    assert Search().settings == ""
    assert Search(rotations=[0, 180], margin=0.1).settings == " rotations=0/180 margin=0.1"
    assert "rotations" not in Mtcnn().name
    assert Mtcnn(rotations=[0, 90]).name.endswith(" rotations=0/90)")


class Upright:
    """A landmarker that answers where the bright pixel of the frame is, and what it was shown."""

    name = "upright"

    def landmarks(self, image: NDArray[np.uint8], detection: Detection) -> Face:
        assert image[0].min() == 50
        assert detection.turn_deg == 0
        y, x = np.argwhere(image[:, :, 0] == 255)[0]
        return Face(detection.box_4, np.tile([float(x), float(y)], (68, 1)), detection.confidence)


@pytest.mark.parametrize("turn_deg", QUARTER_TURNS)
def test_landmarkers_see_the_frame_upright(turn_deg: int) -> None:
    frame = np.ascontiguousarray(np.rot90(upright_frame(), -turn_deg // 90))
    (found,) = Search(rotations=QUARTER_TURNS).over(frame, find_spot)
    face = landmarks_of(Upright(), frame, found)
    y, x = np.argwhere(frame[:, :, 0] == 255)[0]
    np.testing.assert_allclose(face.landmarks_682, np.tile([x, y], (68, 1)))
    assert face.box_4 is found.box_4


def test_carrying_back_and_forth_changes_nothing() -> None:
    found = find_spot(upright_frame())[0]
    matrix = upright_matrix(270, FRAME)
    back = upright_matrix(90, (FRAME[1], FRAME[0]))
    again = carry(carry(found, matrix, turn_deg=0), back, turn_deg=0)
    np.testing.assert_allclose(again.box_4, found.box_4)
    np.testing.assert_allclose(again.keypoints_52, found.keypoints_52)  # type: ignore[arg-type]


@pytest.mark.hard
@pytest.mark.parametrize(("name", "turn_deg"), [("h04_rotpix90.mp4", None), ("h05_rotpix180.mp4", 180)])
def test_turned_footage_is_found_with_the_landmarks_of_the_upright(
    footage_dir: Path, name: str, turn_deg: int | None
) -> None:
    turning = FaceFinder(Mtcnn(rotations=QUARTER_TURNS), Dlib68())
    frames = list(open_footage(footage_dir / "hard" / name).frames(FrameRange.parse("0:60"), 6))
    found = [(frame, faces[0]) for frame in frames if (faces := turning.find(frame.image))]
    assert len(found) == len(frames)
    upright = build_finder()
    errors: list[Any] = []
    for frame, face in found:
        turns = (90, 270) if turn_deg is None else (turn_deg,)
        for turn in turns:
            for other in upright.find(turn_upright(frame.image, turn))[:1]:
                mapped = transform_points(upright_matrix(turn, frame.image.shape), face.landmarks_682)
                left, right = other.landmarks_682[list(OUTER_EYES)]
                error = np.linalg.norm(mapped - other.landmarks_682, axis=1).mean() / np.linalg.norm(left - right)
                errors.append(error)
    assert len(errors) >= len(found)
    assert np.median(errors) < 0.02
