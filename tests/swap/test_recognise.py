"""Who is who by face vectors: looked at seldom, carried along tracks, told anew where faces met."""

from collections.abc import Sequence

import numpy as np

from faceswap_lab.faces.face import Face
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.recognise import KnownPeople
from faceswap_lab.swap.seen import SeenFace

MEANS = {"ada": np.array([0.0]), "ben": np.array([1.0])}


class SizeEmbedder:
    """Tells people by the size of their faces: ada has 40 px, ben 80 px, others neither."""

    name = "size"

    def __init__(self) -> None:
        self.num_calls = 0

    def embed(self, image: np.ndarray, landmarks_682: np.ndarray) -> np.ndarray:
        self.num_calls += 1
        return np.array([np.ptp(landmarks_682[:, 1]) / np.ptp(MEAN_FACE_682[:, 1]) / 40 - 1])


def seen(x: float, size: float, track: int) -> SeenFace:
    points = MEAN_FACE_682 * size + (x, 0)
    return SeenFace(Face(np.concatenate([points.min(0), points.max(0)]), points, 0.9), track)


def frame(index: int) -> Frame:
    return Frame(np.zeros((10, 10, 3), np.uint8), index, index / 25)


def told(people: KnownPeople, faces: Sequence[SeenFace], first: int, count: int = 1) -> list[list[str | None]]:
    return [people.who(faces, frame(index)) for index in range(first, first + count)]


def known() -> tuple[KnownPeople, SizeEmbedder]:
    embedder = SizeEmbedder()
    return KnownPeople(lambda: (MEANS, embedder), threshold=0.4), embedder


def test_nearest_within_reach_or_nobody() -> None:
    people, embedder = known()
    faces = [seen(0, 42, 0), seen(100, 78, 1), seen(300, 130, 2)]
    assert told(people, faces, 0, 100) == [["ada", "ben", None]] * 100
    assert 2 * 6 + 20 <= embedder.num_calls <= 2 * 8 + 22  # of the unknown, every fifth frame


def test_a_set_that_names_the_face_is_believed() -> None:
    people, embedder = known()
    face = seen(0, 42, 0)
    assert people.who([SeenFace(face.face, 0, "ben")], frame(0)) == ["ben"]
    assert embedder.num_calls == 0


def test_tracks_exchanged_where_faces_met_are_told_apart_once_they_are_apart() -> None:
    people, _ = known()
    assert told(people, [seen(0, 40, 0), seen(200, 80, 1)], 0, 8)[-1] == ["ada", "ben"]
    told(people, [seen(0, 40, 0), seen(10, 80, 1)], 8, 3)
    assert told(people, [seen(200, 80, 0), seen(0, 40, 1)], 11) == [["ben", "ada"]]


def test_one_bad_look_does_not_change_a_person() -> None:
    people, _ = known()
    told(people, [seen(0, 40, 0)], 0, 36)
    assert told(people, [seen(0, 52, 0)], 36, 1) == [["ada"]]


def test_it_goes_on_from_its_memory() -> None:
    people, embedder = known()
    faces = [seen(0, 41, 0), seen(100, 79, 1)]
    told(people, faces, 0, 20)
    other, other_embedder = known()
    other.restore(people.memory())
    num_before = embedder.num_calls
    assert told(people, faces, 20, 60) == told(other, faces, 20, 60)
    assert other_embedder.num_calls == embedder.num_calls - num_before
