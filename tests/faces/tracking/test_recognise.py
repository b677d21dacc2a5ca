"""Tracks told apart by whose faces they are: two people cross or turn back, which overlap alone cannot tell."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.trackers.landmarks import Landmarks
from faceswap_lab.faces.tracking.follow import FaceFollower, FollowedFrame, Memory
from faceswap_lab.faces.tracking.recognise import Recogniser
from faceswap_lab.faces.tracking.smoothing import Smoother
from faceswap_lab.media.frame import Frame

NUM_FRAMES = 60
GREYS = (60, 160)  # of the two people


def cross(index: int) -> tuple[float, float]:
    """Past each other: in the middle, each is in the next frame where the other was."""
    x = float(np.clip(30 + 4 * (index - 10), 30, 130))
    return x, 160 - x


def turn_back(index: int) -> tuple[float, float]:
    """The same to the middle, then each the way it came."""
    x = float(np.clip(30 + 4 * min(index - 10, 35 - index), 30, 78))
    return x, 160 - x


MOTIONS = {"cross": cross, "turn back": turn_back}


class Grey:
    """Describes a face by the grey at its middle; counts."""

    name = "grey"

    def __init__(self) -> None:
        self.num_described = 0

    def embed(self, image: NDArray[np.uint8], landmarks_682: FloatArray) -> FloatArray:
        self.num_described += 1
        x, y = np.rint(landmarks_682.mean(0)).astype(int)
        return np.array([image[y, x, 1] / 100, 0.0])


def follow(scene: Any, embedder: Grey | None, memory: Memory | None = None, first: int = 0) -> Iterator[FollowedFrame]:
    def frames() -> Iterator[Frame]:
        for index in range(first, len(scene.middles)):
            image = scene.picture(index, colour=20)
            for (x, y), grey in zip(scene.middles[index], GREYS, strict=False):
                image[int(y) - 18 : int(y) + 18, int(x) - 18 : int(x) + 18] = grey
            yield Frame(image, index, index / 25)

    recogniser = None if embedder is None else Recogniser(embedder)
    tracker, smoother = Landmarks(every=8), Smoother("light")
    return FaceFollower(scene.finder, tracker, smoother=smoother, recogniser=recogniser, memory=memory).follow(frames())


def tracks_of_the_people(scene: Any, followed: FollowedFrame) -> list[int]:
    """Track of the first and of the second person."""
    nearest = []
    for middle in scene.middles[followed.frame.index]:
        gaps = [np.abs(face.face.landmarks_682.mean(0) - middle).max() for face in followed.faces]
        nearest.append(followed.faces[int(np.argmin(gaps))].track)
    return nearest


@pytest.fixture(params=MOTIONS)
def scene(request: pytest.FixtureRequest, make_scene: Callable[..., Any]) -> Any:
    motion = MOTIONS[request.param]
    return make_scene([[(x, 60.0) for x in motion(index)] for index in range(NUM_FRAMES)])


def test_people_keep_their_tracks_past_each_other(scene: Any) -> None:
    embedder = Grey()
    followed = list(follow(scene, embedder))
    before, after = tracks_of_the_people(scene, followed[5]), tracks_of_the_people(scene, followed[-5])
    assert before == after
    assert len(set(after)) == 2
    assert embedder.num_described <= 6, "only new faces and faces that came apart are described"


def test_overlap_alone_takes_one_of_the_motions_for_the_other(make_scene: Callable[..., Any]) -> None:
    kept = []
    for motion in MOTIONS.values():
        scene = make_scene([[(x, 60.0) for x in motion(index)] for index in range(NUM_FRAMES)])
        followed = list(follow(scene, None))
        kept.append(tracks_of_the_people(scene, followed[5]) == tracks_of_the_people(scene, followed[-5]))
    assert not all(kept)


def test_landmarks_are_not_smoothed_over_a_jump_of_their_track(scene: Any) -> None:
    for one in follow(scene, Grey()):
        for face in one.faces:
            middle = face.face.landmarks_682.mean(0)
            assert min(np.abs(middle - m).max() for m in scene.middles[one.frame.index]) < 4


@pytest.mark.parametrize("stop_at", [3, 15, 22, 30, 45])
def test_going_on_from_a_kept_memory_is_exact(scene: Any, stop_at: int) -> None:
    def plain(followed: list[FollowedFrame]) -> list[Any]:
        return [[face.to_plain() for face in one.faces] for one in followed]

    whole = list(follow(scene, Grey()))
    memory = Memory.from_json(whole[stop_at].memory.to_json())
    assert plain(list(follow(scene, Grey(), memory, stop_at + 1))) == plain(whole[stop_at + 1 :])


def test_one_face_is_never_described(make_scene: Callable[..., Any]) -> None:
    embedder = Grey()
    list(follow(make_scene([[(60.0, 60.0)]] * 30), embedder))
    assert embedder.num_described == 0
