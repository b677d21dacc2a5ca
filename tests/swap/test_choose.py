"""Which face is swapped where a frame shows several."""

import numpy as np
import pytest

from faceswap_lab.faces.face import Face
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.swap.choose import FaceChooser

IMAGE = np.zeros((10, 10, 3), np.uint8)


def at(x: float, size: float = 40) -> Face:
    points = MEAN_FACE_682 * size + (x, 0)
    return Face(np.concatenate([points.min(0), points.max(0)]), points, 0.9)


class PlaceEmbedder:
    """Takes the face nearest to a place for the person, and counts how often it was asked."""

    name = "place"

    def __init__(self, x: float) -> None:
        self.x, self.num_calls = x, 0

    def embed(self, image: np.ndarray, landmarks_682: np.ndarray) -> np.ndarray:
        self.num_calls += 1
        return np.array([landmarks_682[:, 0].mean() - self.x])


def test_no_face_and_one_face_cost_nothing() -> None:
    def never() -> tuple[np.ndarray, PlaceEmbedder]:
        raise AssertionError("the reference was asked for")

    chooser, only = FaceChooser(never), at(0)
    assert chooser.choose([], IMAGE, 0) is None
    assert chooser.choose([only], IMAGE, 1) is only


def test_largest_at_first_then_the_same_by_place() -> None:
    chooser = FaceChooser()
    assert chooser.choose([at(0, 40), at(100, 50)], IMAGE, 0).area == pytest.approx(at(100, 50).area)
    # The other one comes nearer and is the larger now.
    chosen = chooser.choose([at(0, 70), at(102, 48)], IMAGE, 1)
    assert chosen.area == pytest.approx(at(102, 48).area)
    # After a gap nothing is known of places any more.
    assert chooser.choose([at(0, 70), at(102, 48)], IMAGE, 9).area == pytest.approx(at(0, 70).area)


def test_footage_identity_beats_size_and_is_then_followed() -> None:
    embedder = PlaceEmbedder(x=20)
    chooser = FaceChooser(lambda: (np.zeros(1), embedder))
    for index in range(20):
        chosen = chooser.choose([at(100, 80), at(index / 10)], IMAGE, index)
        assert chosen.landmarks_682[:, 0].mean() < 50
    assert embedder.num_calls == 2  # one frame's two faces


def test_identity_is_looked_at_again_after_a_second() -> None:
    embedder = PlaceEmbedder(x=20)
    chooser = FaceChooser(lambda: (np.zeros(1), embedder))
    for index in range(60):
        chooser.choose([at(100, 80), at(0)], IMAGE, index)
    assert 4 <= embedder.num_calls <= 8


def test_a_face_that_was_alone_is_compared_when_another_joins() -> None:
    """A passer-by alone in the frame must not be followed once the person is there."""
    embedder = PlaceEmbedder(x=20)
    chooser = FaceChooser(lambda: (np.zeros(1), embedder))
    chooser.choose([at(200)], IMAGE, 0)
    chosen = chooser.choose([at(200), at(0)], IMAGE, 1)
    assert chosen.landmarks_682[:, 0].mean() < 50


def test_jump_is_not_followed() -> None:
    chooser = FaceChooser()
    chooser.choose([at(0, 60), at(200, 40)], IMAGE, 0)
    chosen = chooser.choose([at(100, 30), at(250, 50)], IMAGE, 1)
    assert chosen.area == pytest.approx(at(250, 50).area)
