"""The landmarkers: one portrait, tilted heads, and hand-marked truth."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.detectors.dlib_hog import DlibHog
from faceswap_lab.faces.detectors.mtcnn import Mtcnn
from faceswap_lab.faces.face import OUTER_EYES, Detection, FloatArray
from faceswap_lab.faces.finder import build_finder
from faceswap_lab.faces.geometry import transform_points
from faceswap_lab.faces.head3d import MIRROR_68
from faceswap_lab.faces.hog_box import hog_box
from faceswap_lab.faces.keypoints import disagreement, five_of_68, level
from faceswap_lab.faces.landmarkers.dlib68 import Dlib68
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.media.footage import open_footage


def error_of(found_682: FloatArray, true_682: FloatArray) -> float:
    """Mean distance over the distance of the outer eye corners."""
    left, right = OUTER_EYES
    return float(np.linalg.norm(found_682 - true_682, axis=1).mean() / np.linalg.norm(true_682[left] - true_682[right]))


@pytest.fixture(scope="module")
def landmarker() -> Dlib68:
    return Dlib68()


def test_portrait(landmarker: Dlib68) -> None:
    image = skimage.data.astronaut()
    (face,) = build_finder().find(image)
    assert face.landmarks_682.shape == (68, 2)
    assert (face.landmarks_682[36:42].mean(0) - [205, 102] < 5).all()
    hog = landmarker.landmarks(image, DlibHog().detect(image)[0])
    assert error_of(face.landmarks_682, hog.landmarks_682) < 0.03


def test_mirrored_portrait_has_mirrored_landmarks() -> None:
    image, finder = skimage.data.astronaut(), build_finder()
    straight = finder.find(image)[0].landmarks_682
    mirrored = finder.find(np.ascontiguousarray(image[:, ::-1]))[0].landmarks_682
    expected = straight[MIRROR_68] * [-1, 1] + [image.shape[1] - 1, 0]
    assert error_of(mirrored, expected) < 0.03


@pytest.mark.parametrize("tilt", [-30, 30])
def test_tilted_head_is_looked_at_upright(tilt: float) -> None:
    image, finder = skimage.data.astronaut(), build_finder()
    straight = finder.find(image)[0].landmarks_682
    turn = cv2.getRotationMatrix2D((225, 120), -tilt, 1.0)  # OpenCV counts anticlockwise
    tilted = cv2.warpAffine(image, turn, (512, 512), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    (face,) = finder.find(tilted)
    assert error_of(face.landmarks_682, transform_points(turn, straight)) < 0.045


@pytest.mark.parametrize("tilt", [-170.0, -20, 0, 5, 45])
def test_level_gives_tilt_and_undoes_it(tilt: float) -> None:
    angle = np.radians(tilt)
    clockwise = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    keypoints = five_of_68(MEAN_FACE_682) @ clockwise.T * 80 + [300, 200]
    found, matrix = level(keypoints)
    assert found == pytest.approx(tilt, abs=1e-6)
    upright, mean = transform_points(matrix, keypoints), five_of_68(MEAN_FACE_682) * 80
    np.testing.assert_allclose(upright - upright.mean(0), mean - mean.mean(0), atol=1e-9)
    np.testing.assert_allclose(upright.mean(0), keypoints.mean(0))


def test_disagreement_is_zero_on_itself_and_without_unit() -> None:
    moved = five_of_68(MEAN_FACE_682) + np.array([0.05, 0])
    assert disagreement(MEAN_FACE_682, five_of_68(MEAN_FACE_682)) == 0
    assert disagreement(MEAN_FACE_682 * 300, moved * 300) == pytest.approx(disagreement(MEAN_FACE_682, moved))
    assert disagreement(np.ones((68, 2)), np.zeros((5, 2))) == float("inf")


def test_hog_box_is_a_square_on_the_keypoints_or_the_box_itself() -> None:
    box = np.array([0.0, 0, 50, 70])
    assert hog_box(Detection(box, 1.0)) is box
    square = hog_box(Detection(box, 1.0, five_of_68(MEAN_FACE_682) * 100))
    np.testing.assert_allclose(square[2:] - square[:2], (square[2:] - square[:2])[0])
    np.testing.assert_allclose((square[0] + square[2]) / 2, 50, atol=1e-6)


def test_turned_picture_and_hands_are_dropped(footage_dir: Path) -> None:
    """Folded hands as large as the face (man), and faces on their heads, which a single look takes for faces."""
    finder = build_finder()
    hands = open_footage(footage_dir / "clips" / "man_kitchen.mp4").frames(FrameRange.parse("36:37,420:421"))
    for frame in hands:
        (face,) = finder.find(frame.image)
        assert face.box_4[3] < 900
    turned = open_footage(footage_dir / "hard" / "h05_rotpix180.mp4").frames(FrameRange.parse("17:21"))
    assert all(finder.find(frame.image) == [] for frame in turned)


def test_calibrated_boxes_are_as_good_as_hog_boxes(footage_dir: Path, landmarker: Dlib68) -> None:
    """On the marked faces that both detectors find, MTCNN's boxes cost at most a tenth in landmark error."""
    hog, mtcnn, folder = DlibHog(), Mtcnn(), footage_dir / "landmarks"
    errors: dict[str, list[float]] = {"hog": [], "mtcnn": []}
    for item in json.loads((folder / "landmarks68.json").read_text())["items"]:
        image = np.ascontiguousarray(cv2.imread(str(folder / item["image"]))[:, :, ::-1])
        truth = np.array(item["pts"])
        boxes = [_box_of(truth, detector.detect(image)) for detector in (hog, mtcnn)]
        if None not in boxes:
            for name, box in zip(errors, boxes, strict=True):
                errors[name].append(error_of(landmarker.landmarks(image, box).landmarks_682, truth))
    assert len(errors["hog"]) >= 17
    assert np.mean(errors["mtcnn"]) < 1.1 * np.mean(errors["hog"])
    assert np.mean(errors["mtcnn"]) < 0.085


def _box_of(truth_682: FloatArray, detections: list[Detection]) -> Detection | None:
    """The detection around most of the marked points, if it is around more than half of them."""

    def share(detection: Detection) -> float:
        inside = (truth_682 > detection.box_4[:2]) & (truth_682 < detection.box_4[2:])
        return float(inside.all(1).mean())

    best = max(detections, key=share, default=None)
    return best if best is not None and share(best) > 0.5 else None
