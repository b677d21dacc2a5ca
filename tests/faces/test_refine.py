"""Re-feeding and the second pass, with landmarkers whose mistakes are known."""

from dataclasses import replace

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.face import Detection, Face
from faceswap_lab.faces.finder import FaceFinder, build_finder
from faceswap_lab.faces.keypoints import five_of_68
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.faces.refed import Refed
from faceswap_lab.faces.refine import Refine, TwicePassed

IMAGE = np.zeros((200, 200, 3), np.uint8)
DETECTION = Detection(np.array([50.0, 50, 150, 150]), 0.9)


class BoxDrawn:
    """Answers the mean face drawn into the box, so that its mistake is the box's."""

    name = "box drawn (1)"

    def __init__(self) -> None:
        self.seen: list[Detection] = []

    def landmarks(self, image: NDArray[np.uint8], detection: Detection) -> Face:
        self.seen.append(detection)
        low, high = detection.box_4[:2], detection.box_4[2:]
        return Face(detection.box_4, low + MEAN_FACE_682 * (high - low), detection.confidence)


def test_refed_boxes_lie_around_the_detectors_and_their_mean_is_the_answer() -> None:
    landmarker = BoxDrawn()
    face = Refed(landmarker, 4).landmarks(IMAGE, DETECTION)
    assert len(landmarker.seen) == 5
    assert len({tuple(detection.box_4) for detection in landmarker.seen}) == 5
    np.testing.assert_allclose(face.landmarks_682, 50 + MEAN_FACE_682 * 100, atol=1e-9)
    np.testing.assert_array_equal(face.box_4, DETECTION.box_4)
    assert face.landmark_confidence is not None
    assert 0 < face.landmark_confidence < 1


def test_keypoints_move_with_the_refed_box() -> None:
    landmarker, keypoints = BoxDrawn(), five_of_68(50 + MEAN_FACE_682 * 100)
    Refed(landmarker, 2).landmarks(IMAGE, replace(DETECTION, keypoints_52=keypoints))
    for detection in landmarker.seen[1:]:
        assert detection.keypoints_52 is not None
        moved = detection.keypoints_52.mean(0) - keypoints.mean(0)
        box_moved = (detection.box_4 - DETECTION.box_4).reshape(2, 2).mean(0)
        np.testing.assert_allclose(moved, box_moved, atol=1e-9)


def test_half_of_the_boxes_are_asked_in_a_sharpened_close_up_and_its_answers_come_back_to_the_frame() -> None:
    landmarker, keypoints = BoxDrawn(), five_of_68(50 + MEAN_FACE_682 * 100)
    face = Refed(landmarker, 4, sharpened=True).landmarks(IMAGE, replace(DETECTION, keypoints_52=keypoints))
    sides = [float(np.ptp(detection.box_4[[0, 2]])) for detection in landmarker.seen]
    np.testing.assert_allclose(sides[:3], [100, 95, 105])
    np.testing.assert_allclose(sides[3:], [256, 256 * 0.95, 256 * 1.05])
    np.testing.assert_allclose(face.landmarks_682, 50 + MEAN_FACE_682 * 100, atol=1e-9)


def test_the_close_up_is_sharper_than_the_frame() -> None:
    class Seen(BoxDrawn):
        contrast: float = 0.0

        def landmarks(self, image: NDArray[np.uint8], detection: Detection) -> Face:
            self.contrast = float(image.std())
            return super().landmarks(image, detection)

    # Stripes, 16 px wide, as lips are: in the close-up 41 px.
    image = np.repeat(np.where(np.arange(200) // 16 % 2, 140, 100).astype(np.uint8)[None, :, None], 200, 0).repeat(3, 2)
    landmarker = Seen()
    Refed(landmarker, 0, sharpened=True).landmarks(image, DETECTION)
    assert landmarker.contrast > 1.05 * image[:, 0:192].std()


def test_nothing_to_do_leaves_the_finder() -> None:
    finder = FaceFinder(None, BoxDrawn())  # type: ignore[arg-type]
    assert Refine().apply(finder) is finder is finder.unrefined
    assert Refine(refeed=2).apply(finder).unrefined is finder
    assert isinstance(Refine(refeed=2).apply(finder).landmarker, Refed)
    assert isinstance(Refine(sharpened=True).apply(finder).landmarker, Refed)
    assert isinstance(Refine(second_pass=True).apply(finder).landmarker, TwicePassed)


@pytest.mark.parametrize(
    "refine",
    [Refine(refeed=4), Refine(refeed=4, sharpened=True), Refine(second_pass=True)],
    ids=lambda refine: refine.name,
)
def test_a_refined_portrait_stays_where_it_was(refine: Refine) -> None:
    image, finder = skimage.data.astronaut(), build_finder()
    plain, refined = finder.find(image)[0], refine.apply(finder).find(image)[0]
    unit = np.linalg.norm(plain.landmarks_682[45] - plain.landmarks_682[36])
    moved = np.linalg.norm(plain.landmarks_682 - refined.landmarks_682, axis=1).mean() / unit
    assert 0 < moved < 0.03


def test_values_out_of_range_are_refused() -> None:
    for refeed in (-1, 17):
        with pytest.raises(ConfigError, match=r"refine\.refeed"):
            Refine(refeed=refeed)
    with pytest.raises(ConfigError, match=r"refine\.smooth"):
        Refine(smooth="very")
