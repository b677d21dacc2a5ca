"""Every tracker on made-up scenes: who is who, when the detector looks, what a cut does."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import yaml

from faceswap_lab.core.build import build
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.faces.trackers.every_frame import EveryFrame
from faceswap_lab.faces.trackers.landmarks import Landmarks
from faceswap_lab.faces.tracking.state import TrackState

MakeScene = Callable[..., Any]
OPTIONS = sorted(path.stem for path in (conf_dir() / "tracker").glob("*.yaml"))


def _run(tracker: Any, scene: Any, colours: dict[int, int] | None = None) -> list[list[Any]]:
    state, all_faces = TrackState(), []
    for index in range(len(scene.middles)):
        image = scene.picture(index, colour=(colours or {}).get(index, 90))
        faces, state = tracker.follow(image, state, scene.finder)
        all_faces.append(faces)
    return all_faces


def _tracks(frames: list[list[Any]]) -> list[list[int]]:
    return [sorted(face.track for face in faces) for faces in frames]


@pytest.fixture(params=OPTIONS)
def tracker(request: pytest.FixtureRequest) -> Any:
    return build(yaml.safe_load((conf_dir() / "tracker" / f"{request.param}.yaml").read_text(encoding="utf-8")))


# contract -----------------------------------------------------------------------------------------------------------


def test_a_moving_face_is_one_track_and_stays_under_its_box(tracker: Any, make_scene: MakeScene) -> None:
    scene = make_scene([[(30 + 2 * index, 60)] for index in range(40)])
    frames = _run(tracker, scene)
    assert _tracks(frames) == [[0]] * 40
    for index, (tracked,) in enumerate(frames):
        middle = (tracked.face.box_4[:2] + tracked.face.box_4[2:]) / 2
        np.testing.assert_allclose(middle, [30 + 2 * index, 60], atol=1e-6)
        assert not tracked.interpolated


def test_two_people_keep_their_numbers(tracker: Any, make_scene: MakeScene) -> None:
    scene = make_scene([[(30 + index, 60), (130 - index, 60)] for index in range(25)])
    frames = _run(tracker, scene)
    left = [min(faces, key=lambda face: face.face.box_4[0]).track for faces in frames]
    assert _tracks(frames) == [[0, 1]] * 25
    assert len(set(left)) == 1


def test_nothing_is_tracked_across_a_cut(tracker: Any, make_scene: MakeScene) -> None:
    scene = make_scene([[(80, 60)]] * 30)
    frames = _run(tracker, scene, dict.fromkeys(range(11, 30), 220))
    assert _tracks(frames) == [[0]] * 11 + [[1]] * 19


def test_black_frames_hold_no_face(tracker: Any, make_scene: MakeScene) -> None:
    scene = make_scene([[(80, 60)]] * 10 + [[]] * 10 + [[(80, 60)]] * 10)
    frames = _run(tracker, scene, dict.fromkeys(range(10, 20), 0))
    assert _tracks(frames)[10:20] == [[]] * 10
    assert _tracks(frames)[20:] == [[1]] * 10


def test_following_is_a_pure_function(tracker: Any, make_scene: MakeScene) -> None:
    scene = make_scene([[(80, 60)], [(84, 60)]])
    _, state = tracker.follow(scene.picture(0), TrackState(), scene.finder)
    one, after = tracker.follow(scene.picture(1), state, scene.finder)
    same, after_too = tracker.follow(scene.picture(1), state, scene.finder)
    assert after.to_plain() == after_too.to_plain()
    np.testing.assert_array_equal(one[0].face.landmarks_682, same[0].face.landmarks_682)


def test_the_name_tells_the_settings(tracker: Any) -> None:
    assert type(tracker)(max_gap=3).name != type(tracker)(max_gap=4).name


# when the detector looks --------------------------------------------------------------------------------------------


def test_detects_now_and_then(make_scene: MakeScene) -> None:
    for tracker, num_detections in ((Landmarks(every=16), 3), (EveryFrame(), 33)):
        scene = make_scene([[(80, 60)]] * 33)
        _run(tracker, scene)
        assert scene.num_detections == num_detections


def test_detects_at_once_where_landmarks_are_unsure(make_scene: MakeScene) -> None:
    scene = make_scene([[(80, 60)]] * 12, confidence={5: 0.3})
    assert _tracks(_run(Landmarks(every=100), scene)) == [[0]] * 12
    assert scene.num_detections == 3, "the first frame, the unsure one, and the one after it"


def test_a_lost_face_is_looked_for_and_goes_on_as_the_same(make_scene: MakeScene) -> None:
    scene = make_scene([[(80, 60)]] * 5 + [[]] * 3 + [[(84, 60)]] * 5)
    tracks = _tracks(_run(Landmarks(every=100, max_gap=3), scene))
    assert tracks == [[0]] * 5 + [[]] * 3 + [[0]] * 5
    tracks = _tracks(_run(Landmarks(every=100, max_gap=2), scene))
    assert tracks[8:] == [[1]] * 5


def test_a_face_that_comes_in_is_seen_at_the_next_detection(make_scene: MakeScene) -> None:
    scene = make_scene([[(40, 60)]] * 3 + [[(40, 60), (120, 60)]] * 9)
    assert _tracks(_run(Landmarks(every=4), scene)) == [[0]] * 4 + [[0, 1]] * 8


def test_a_landmarker_that_does_not_say_how_sure_it_is_is_not_followed(make_scene: MakeScene) -> None:
    scene = make_scene([[(80, 60)]] * 6, confidence=dict.fromkeys(range(6)))
    assert _tracks(_run(Landmarks(every=100), scene)) == [[0]] * 6
    assert scene.num_detections == 6


def test_a_leap_is_no_step(make_scene: MakeScene) -> None:
    scene = make_scene([[(40, 60)]] * 4 + [[(120, 60)]] * 4)
    assert _tracks(_run(Landmarks(every=100), scene)) == [[0]] * 4 + [[1]] * 4


def test_a_quicker_way_is_taken_and_checked_now_and_then(make_scene: MakeScene) -> None:
    scene = make_scene([[(80, 60)]] * 12)
    asked: list[bool] = []

    def follow(image: Any, detection: Any, *, check: bool) -> Any:
        asked.append(check)
        face = scene.landmarks(image, detection)
        return face if check else replace(face, landmark_confidence=None)

    scene.follow = follow
    frames = _run(Landmarks(every=100), scene)
    assert asked == [True, False, False] * 3 + [True, False]
    assert scene.num_detections == 1
    assert [faces[0].face.landmark_confidence for faces in frames] == [0.9] * 12


def test_a_shape_that_changes_at_once_is_checked_at_once(make_scene: MakeScene) -> None:
    scene = make_scene([[(80, 60)]] * 6)
    asked: list[bool] = []

    def follow(image: Any, detection: Any, *, check: bool) -> Any:
        asked.append(check)
        face = scene.landmarks(image, detection)
        if len(asked) in (3, 4):
            squeezed = face.landmarks_682 * [0.5, 1]
            return replace(face, landmarks_682=squeezed, landmark_confidence=0.1 if check else None)
        return face

    scene.follow = follow
    assert _tracks(_run(Landmarks(every=100), scene)) == [[0]] * 6
    assert asked[:4] == [True, False, False, True], "frame 3 is asked twice, and then the detector looks"
    assert scene.num_detections == 2


# errors -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"every": 0}, "tracker.every=0"),
        ({"min_confidence": 1.5}, "tracker.min_confidence=1.5"),
        ({"cut": 0}, "tracker.cut=0"),
        ({"least_overlap": 2}, "tracker.least_overlap=2"),
        ({"max_gap": 26}, "tracker.max_gap=26"),
    ],
)
def test_values_out_of_range_are_refused(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        Landmarks(**settings)
