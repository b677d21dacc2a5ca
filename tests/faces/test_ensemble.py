"""Several detectors as one: who wins, who counts, what comes out."""

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.detectors.dlib_hog import DlibHog
from faceswap_lab.faces.detectors.ensemble import Ensemble
from faceswap_lab.faces.detectors.mtcnn import Mtcnn
from faceswap_lab.faces.face import Detection
from faceswap_lab.faces.suppress import suppress

IMAGE = np.zeros((100, 100, 3), np.uint8)


class Says:
    """A detector that answers the same boxes, sides of squares at places, whatever it is shown."""

    def __init__(self, name: str, *squares: tuple[float, float, float]) -> None:
        self.name, self.squares = name, squares

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        return [
            Detection(np.array([x, y, x + side, y + side]), 5.0 - place)
            for place, (x, y, side) in enumerate(self.squares)
        ]


def test_one_box_a_face_that_of_the_most_trusted() -> None:
    first, second = Says("one", (10, 10, 30)), Says("two", (12, 14, 24), (60, 60, 20))
    found = Ensemble(detectors=[first, second]).detect(IMAGE)
    assert [face.confidence for face in found] == [1.0, 0.5]
    np.testing.assert_allclose(found[0].box_4, [10, 10, 40, 40])
    np.testing.assert_allclose(found[1].box_4, [60, 60, 80, 80])


def test_votes_drop_what_only_one_sees() -> None:
    first, second = Says("one", (10, 10, 30)), Says("two", (60, 60, 20), (12, 14, 24))
    (found,) = Ensemble(detectors=[first, second], least_votes=2).detect(IMAGE)
    np.testing.assert_allclose(found.box_4, [10, 10, 40, 40])


def test_two_boxes_of_one_detector_are_one_vote() -> None:
    found = Ensemble(detectors=[Says("one", (10, 10, 30), (11, 11, 28)), Says("two")]).detect(IMAGE)
    assert [face.confidence for face in found] == [0.5]


def test_a_face_in_a_corner_of_a_large_false_box_is_its_own() -> None:
    found = Ensemble(detectors=[Says("one", (0, 0, 20)), Says("two", (12, 12, 60))]).detect(IMAGE)
    assert len(found) == 2


def test_real_detectors_agree_on_a_portrait() -> None:
    image = skimage.data.astronaut()
    (found, *rest) = Ensemble().detect(image)
    assert found.confidence == 1.0
    assert all(face.confidence == 0.5 for face in rest)
    np.testing.assert_array_equal(found.box_4, Mtcnn().detect(image)[0].box_4)
    assert found.keypoints_52 is not None


def test_the_name_tells_all_parts() -> None:
    name = Ensemble(least_votes=2).name
    assert Mtcnn().name in name
    assert DlibHog().name in name
    assert "least_votes=2" in name


def test_errors() -> None:
    with pytest.raises(ConfigError, match="two or more"):
        Ensemble(detectors=[Says("one")])
    with pytest.raises(ConfigError, match="least_votes=3: use 1 to 2"):
        Ensemble(detectors=[Says("one"), Says("two")], least_votes=3)
    with pytest.raises(ConfigError, match="most_overlap"):
        Ensemble(detectors=[Says("one"), Says("two")], most_overlap=1.0)


def test_suppression_over_union_and_over_the_smaller() -> None:
    boxes = np.array([[0.0, 0, 10, 10], [0, 0, 10, 6], [2, 2, 4, 4], [20, 20, 30, 30]])
    scores = np.array([0.5, 0.9, 0.8, 0.1])
    assert suppress(boxes, scores, 0.55).tolist() == [1, 2, 3]
    assert suppress(boxes, scores, 0.65).tolist() == [1, 2, 0, 3]
    assert suppress(boxes, scores, 0.55, over="smaller").tolist() == [1, 3]
    assert suppress(np.empty((0, 4)), np.empty(0), 0.5).tolist() == []
