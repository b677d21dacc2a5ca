"""Following a whole footage: what is filled and smoothed, how far ahead is read, and going on from any frame."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from faceswap_lab.faces.trackers.landmarks import Landmarks
from faceswap_lab.faces.tracking.follow import FaceFollower, Memory
from faceswap_lab.faces.tracking.smoothing import Smoother
from faceswap_lab.media.frame import Frame

MakeScene = Callable[..., Any]


@pytest.fixture
def scene(make_scene: MakeScene) -> Any:
    """A trembling face that moves, is hidden for two frames, then for twelve, while another comes and goes."""
    rng = np.random.default_rng(5)
    middles = []
    for index in range(60):
        x, y = np.array([40 + index, 50]) + rng.normal(0, 0.3, 2)
        faces = [] if index in (20, 21) or 35 <= index < 47 else [(float(x), float(y))]
        middles.append([*faces, (20.0, 100.0)] if 10 <= index < 50 else faces)
    return make_scene(middles, confidence={7: 0.2, 30: 0.4})


def _frames(scene: Any, first: int = 0, *, read: list[int] | None = None) -> Iterator[Frame]:
    for index in range(first, len(scene.middles)):
        if read is not None:
            read.append(index)
        yield Frame(scene.picture(index), index, index / 25)


def _follower(scene: Any, memory: Memory | None = None) -> FaceFollower:
    return FaceFollower(scene.finder, Landmarks(every=8, max_gap=3), smoother=Smoother("light"), memory=memory)


def _plain(followed: list[Any]) -> list[Any]:
    return [(one.frame.index, [face.to_plain() for face in one.faces]) for one in followed]


def test_every_frame_comes_once_and_in_order(scene: Any) -> None:
    followed = list(_follower(scene).follow(_frames(scene)))
    assert [one.frame.index for one in followed] == list(range(60))


def test_short_gaps_are_filled_and_long_ones_left(scene: Any) -> None:
    followed = list(_follower(scene).follow(_frames(scene)))
    moving = [[face for face in one.faces if face.face.box_4[1] < 60] for one in followed]
    absent = [index for index, faces in enumerate(moving) if not faces]
    assert absent == list(range(35, absent[-1] + 1))
    assert 46 <= absent[-1] < 46 + 8, "beside a face that is followed, it is seen again at the next detection"
    assert [index for index, faces in enumerate(moving) if faces and faces[0].interpolated] == [20, 21]
    assert {faces[0].track for faces in moving[:35]} == {0}
    assert 0 not in {faces[0].track for faces in moving[absent[-1] + 1 :]}


def test_only_a_few_frames_are_held(scene: Any) -> None:
    read: list[int] = []
    for followed in _follower(scene).follow(_frames(scene, read=read)):
        assert len(read) - followed.frame.index <= 3 + 3 + 1


@pytest.mark.parametrize("stop_at", [0, 1, 6, 7, 8, 15, 19, 20, 21, 22, 31, 34, 36, 47, 58])
def test_going_on_from_a_kept_memory_is_exact(scene: Any, stop_at: int) -> None:
    whole = list(_follower(scene).follow(_frames(scene)))
    memory = Memory.from_json(whole[stop_at].memory.to_json())
    rest = _follower(scene, memory).follow(_frames(scene, stop_at + 1))
    assert _plain(list(rest)) == _plain(whole[stop_at + 1 :])


def test_landmarks_come_out_steadier_and_boxes_as_they_were(scene: Any) -> None:
    light = list(_follower(scene).follow(_frames(scene)))
    off = list(FaceFollower(scene.finder, Landmarks(every=8, max_gap=3)).follow(_frames(scene)))

    def jitter(followed: list[Any]) -> float:
        path = np.stack([one.faces[0].face.landmarks_682.mean(0) for one in followed[:10]])
        return float(np.abs(np.diff(path, 2, axis=0)).mean())

    assert jitter(light) < 0.7 * jitter(off)
    np.testing.assert_array_equal(light[5].faces[0].face.box_4, off[5].faces[0].face.box_4)


def test_a_jump_in_the_frames_is_a_new_scene(make_scene: MakeScene) -> None:
    scene = make_scene([[(80, 60)]] * 30)
    frames = [frame for frame in _frames(scene) if frame.index % 2 == 0 and not 10 <= frame.index < 20]
    followed = list(FaceFollower(scene.finder, Landmarks(), every=2, first_track=4).follow(frames))
    assert [one.faces[0].track for one in followed] == [4] * 5 + [5] * 5


def test_nothing_comes_of_nothing(scene: Any) -> None:
    assert list(_follower(scene).follow([])) == []
