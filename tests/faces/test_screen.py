"""The screen: what a stretch's sharpest pictures say is carried to all of it."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data

from faceswap_lab.core.errors import ConfigError, NoFaceError
from faceswap_lab.faces import extraction
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder, build_finder, build_part
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.faces.likeness import Likeness, References
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.faces.patch import patch_of
from faceswap_lab.faces.screen import FACES_PER_VECTOR, Screen
from faceswap_lab.faces.tracking.state import TrackedFace
from faceswap_lab.media.frame import Frame

LEFT, RIGHT = [30.0, 40.0], [160.0, 40.0]


class BrightnessEmbedder:
    """The mean colour inside the landmarks' box, as one that looks at the face only."""

    name = "brightness (1)"

    def __init__(self) -> None:
        self.num_calls = 0

    def embed(self, image: np.ndarray, landmarks_682: np.ndarray) -> np.ndarray:
        self.num_calls += 1
        low, high = np.rint(landmarks_682.min(0)).astype(int), np.rint(landmarks_682.max(0)).astype(int)
        return image[low[1] : high[1], low[0] : high[0]].mean((0, 1))


def frame(index: int) -> Frame:
    """A dark face on the left, a bright one on the right."""
    image = np.full((120, 240, 3), 60, np.uint8)
    image[:, 120:] = 200
    image[::7] += np.uint8(index % 5)
    return Frame(image, index, index / 25, index, Fraction(1, 25), 1)


def face(place: list[float]) -> Face:
    return Face(np.array([*place, place[0] + 50, place[1] + 50]), MEAN_FACE_682 * 50 + place, 0.9)


def tracked(place: list[float], *, interpolated: bool = False) -> TrackedFace:
    return TrackedFace(face(place), 7 if place is LEFT else 8, interpolated)


def references(level: float) -> References:
    return References(np.full((1, 3), level), str(level))


def screen(embedder: Any = None, **options: Any) -> Screen:
    return Screen(embedder or BrightnessEmbedder(), crop_spec=CropSpec("face", 64), **options)


def test_wanted_faces_are_kept_with_their_places() -> None:
    embedder = BrightnessEmbedder()
    chosen = screen(embedder, likeness=Likeness(references(200), threshold=20))
    for index in range(FACES_PER_VECTOR + 1):
        chosen.add(frame(index), [tracked(LEFT), tracked(RIGHT)])
    settled = list(chosen.settle())
    assert [one.frame_index for one in settled] == list(range(FACES_PER_VECTOR + 1))
    assert {(one.face_index, one.tracked.track) for one in settled} == {(1, 8)}
    assert embedder.num_calls == 4, "two of each stretch of 17 faces"
    assert sum(one.embedding is not None for one in settled) == 2
    assert chosen.num_left_out == FACES_PER_VECTOR + 1
    assert list(chosen.settle()) == []


def test_the_sharpest_face_is_described() -> None:
    watching = screen()
    for index in range(10):
        watching.add(frame(index), [tracked(LEFT)])
    settled = list(watching.settle())
    (described,) = [one for one in settled if one.embedding is not None]
    assert described.measured.sharpness == max(one.measured.sharpness for one in settled)


def test_max_faces_counts_the_wanted() -> None:
    for options, kept in (({}, [0, 1]), ({"max_faces": 1}, [0])):
        chosen = screen(**options)
        chosen.add(frame(3), [tracked(LEFT), tracked(RIGHT)])
        assert [one.face_index for one in chosen.settle()] == kept
    likeness = Likeness(None, references(60), threshold=20)
    chosen = screen(likeness=likeness, max_faces=1)
    chosen.add(frame(3), [tracked(LEFT), tracked(RIGHT)])
    assert [one.face_index for one in chosen.settle()] == [1], "the largest of those that are left"


def test_a_face_that_was_not_seen_is_not_described() -> None:
    watching = screen()
    for index in range(5):
        watching.add(frame(index), [tracked(LEFT, interpolated=index != 3)])
    assert [one.frame_index for one in watching.settle() if one.embedding is not None] == [3]


def test_a_patch_gives_the_vector_of_the_whole_frame() -> None:
    image = np.zeros((900, 1400, 3), np.uint8)
    image[200:712, 400:912] = skimage.data.astronaut()
    (found,) = build_finder("dlib_hog").find(image)
    embedder = build_part("embedder", "dlib_resnet")
    patch, landmarks_682 = patch_of(image, found)
    assert patch.size < image.size / 10
    whole = embedder.embed(image, found.landmarks_682)
    assert np.linalg.norm(embedder.embed(patch, landmarks_682) - whole) < 0.02


def test_at_the_border_a_patch_stays_inside() -> None:
    image = np.arange(60 * 80 * 3, dtype=np.uint8).reshape(60, 80, 3)
    patch, landmarks_682 = patch_of(image, face([55.0, 20.0]))
    shift = (face([55.0, 20.0]).landmarks_682 - landmarks_682)[0].astype(int)
    np.testing.assert_array_equal(patch, image[shift[1] :, shift[0] :])


# extraction with a screen -------------------------------------------------------------------------------------------


@pytest.fixture
def run(
    tmp_path: Path, pictures: Path, record: IdentityRecord, finder: FaceFinder, embedder: Any, monkeypatch: Any
) -> Callable[..., Any]:
    monkeypatch.setattr(extraction, "FRAMES_PER_COMMIT", 2)
    finder.detector.num_faces = 2  # type: ignore[attr-defined]

    def run(faceset: str = "ada", **changes: Any) -> Any:
        arguments: dict[str, Any] = {"record": record, "finder": finder, "crop_spec": CropSpec("face", 64)}
        return extract(pictures, tmp_path / faceset, **(arguments | {"embedder": embedder} | changes))

    return run


def test_extraction_keeps_the_wanted_stretches(run: Callable[..., Any], tmp_path: Path) -> None:
    # Pictures get brighter: 100 and 120, black, 140, 160 and 180; the embedder gives their mean colour.
    report = run(likeness=Likeness(references(110 + 19.5), threshold=20))
    rows = Faceset.open(tmp_path / "ada").rows()
    assert [(row.frame_index, row.face_index) for row in rows] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert (report.num_faces, report.num_left_out) == (4, 6)
    assert run(likeness=Likeness(references(110 + 19.5), threshold=20)).already_complete
    assert run(likeness=Likeness(references(110 + 19.5), threshold=20), max_faces=1).num_faces == 0


def test_nobody_wanted_leaves_nothing(run: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(NoFaceError, match=r"none of 10 faces .* only; the nearest is \d+\.\d\d away"):
        run(likeness=Likeness(references(0)))
    with pytest.raises(NoFaceError, match="all 10 faces are near the pictures of exclude"):
        run(likeness=Likeness(None, references(0), threshold=1000))
    with pytest.raises(ConfigError, match="needs an embedder"):
        run(likeness=Likeness(references(0)), embedder=None)
    assert not (tmp_path / "ada").exists()


def test_with_everybody_wanted_only_the_largest_are_described_and_each_stretch_that_stays_is() -> None:
    """Two people take turns at being the larger; whoever is dropped in a frame must not hold the stretch's vector."""
    embedder = BrightnessEmbedder()
    screen = Screen(embedder, crop_spec=CropSpec(size=32), max_faces=1)
    for index in range(8):
        faces = [tracked(LEFT), tracked(RIGHT)]
        screen.add(frame(index), faces if index % 2 else faces[::-1])
    kept = list(screen.settle())
    assert [cut.frame_index for cut in kept] == list(range(8))
    assert {cut.tracked.track for cut in kept if cut.embedding is not None} == {7, 8}
    assert embedder.num_calls == 2
    assert screen.num_with_more == 8


@pytest.mark.parametrize("stop_at", [1, 2, 3, 4, 5])
def test_interrupted_it_ends_as_a_whole_run(
    run: Callable[..., Any], tmp_path: Path, interrupted: Callable[..., bool], stop_at: int
) -> None:
    likeness = Likeness(references(150 + 19.5), threshold=35)
    run("whole", likeness=likeness)
    assert interrupted(stop_at, lambda: run(likeness=likeness))
    run(likeness=likeness)
    whole, resumed = Faceset.open(tmp_path / "whole"), Faceset.open(tmp_path / "ada")
    assert resumed.content_hash() == whole.content_hash()
    for one, other in zip(whole.rows(), resumed.rows(), strict=True):
        assert one.track == other.track
        np.testing.assert_array_equal(one.embedding, other.embedding)
