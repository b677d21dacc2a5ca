"""Several people in one pass: told apart, recognised again, their consent missing until it is set."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.errors import ConfigError, NoFaceError
from faceswap_lab.faces import extraction, people
from faceswap_lab.faces.clip_job import Parts
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.face import Detection, Face
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.faces.people import extract_people
from faceswap_lab.faces.people_clusters import Chain, cluster, group_by_person, pairwise

SPEC = CropSpec("face", 32)
PLACES = (20, 120)  # left edges of two faces, px
RED, BLUE = (200, 40, 40), (40, 40, 200)


class PaintedDetector:
    """Sees a face where one of two squares is painted; the left one is the larger."""

    name = "painted (1)"

    def detect(self, image: np.ndarray) -> list[Detection]:
        boxes = [(x, 60 - place) for place, x in enumerate(PLACES) if image[60, x + 30].max() > 100]
        return [Detection(np.array([x, 30.0, x + side, 30 + side]), 0.9) for x, side in boxes]


class PaintedLandmarker:
    name = "painted (2)"

    def landmarks(self, image: np.ndarray, detection: Detection) -> Face:
        return Face(detection.box_4, MEAN_FACE_682 * 50 + detection.box_4[:2] + 5, detection.confidence)


class PaintedEmbedder:
    """The colour of the face's middle, from 0 to 1."""

    name = "painted (3)"

    def embed(self, image: np.ndarray, landmarks_682: np.ndarray) -> np.ndarray:
        x, y = np.rint(landmarks_682[30]).astype(int)
        return image[y, x].astype(np.float64) / 255


def write_clip(folder: Path, frames: list[tuple[tuple[int, ...] | None, tuple[int, ...] | None]]) -> Path:
    """Pictures with up to two painted faces, left and right."""
    folder.mkdir(parents=True)
    for index, colours in enumerate(frames):
        image = np.full((120, 240, 3), 30 + index % 3, np.uint8)
        for x, colour in zip(PLACES, colours, strict=True):
            if colour is not None:
                image[25:95, x - 5 : x + 70] = colour
        cv2.imwrite(str(folder / f"{index:03d}.png"), image[..., ::-1])
    return folder


@pytest.fixture
def two_people(tmp_path: Path) -> Path:
    """Three frames of both, one of nobody, two of blue on the left: the places say nothing of who it is."""
    return write_clip(tmp_path / "clip", [(RED, BLUE)] * 3 + [(None, None)] + [(BLUE, None)] * 2)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr(extraction, "FRAMES_PER_COMMIT", 2)

    def make_parts() -> Parts:
        return Parts(FaceFinder(PaintedDetector(), PaintedLandmarker()), SPEC, None, PaintedEmbedder())

    def run(*clips: Path, parent: str = "people", **options: Any) -> Any:
        return extract_people(
            clips, tmp_path / parent, make_parts=make_parts, crop_spec=SPEC, threshold=0.3, workers=1, **options
        )

    return run


def found(parent: Path) -> dict[str, list[tuple[int, int]]]:
    """Frames and places of each person."""
    sets = sorted(path.parent for path in parent.glob("*/identity.yaml"))
    return {path.name: [(row.frame_index, row.face_index) for row in Faceset.open(path).rows()] for path in sets}


BLUE_FACES, RED_FACES = [(0, 1), (1, 1), (2, 1), (4, 0), (5, 0)], [(0, 0), (1, 0), (2, 0)]


def test_two_people_become_two_sets(run: Callable[..., Any], two_people: Path, tmp_path: Path) -> None:
    report = run(two_people, licence="CC0-1.0")
    assert found(tmp_path / "people") == {"person_01": BLUE_FACES, "person_02": RED_FACES}
    assert (report.num_faces, report.num_total, report.num_clips) == (8, 8, 1)
    person = Faceset.open(tmp_path / "people" / "person_01")
    assert (person.identity.name, person.identity.consent.basis) == ("person_01", "missing")
    assert (person.identity.licence, len(person.identity.media)) == ("CC0-1.0", 1)
    assert all(person.crop(row).shape == (32, 32, 3) for row in person.rows())
    for name, columns in (("person_01", 5), ("person_02", 3)):
        sheet = cv2.imread(str(tmp_path / "people" / f"{name}.png"))
        assert sheet.shape == (96, 96 * columns, 3)
    assert {path.name for path in tmp_path.iterdir()} == {"clip", "people"}


def test_again_nothing_is_done(run: Callable[..., Any], two_people: Path, tmp_path: Path) -> None:
    run(two_people)
    assert run(two_people).already_complete
    assert found(tmp_path / "people") == {"person_01": BLUE_FACES, "person_02": RED_FACES}


def test_people_are_recognised_in_more_footage(run: Callable[..., Any], two_people: Path, tmp_path: Path) -> None:
    run(two_people)
    green = (40, 200, 40)
    report = run(write_clip(tmp_path / "more", [(RED, green)] * 2), two_people)
    assert report.num_faces == 4
    assert {name: len(faces) for name, faces in found(tmp_path / "people").items()} == {
        "person_01": 5,
        "person_02": 5,
        "person_03": 2,
    }


def test_several_clips_are_sorted_together(run: Callable[..., Any], two_people: Path, tmp_path: Path) -> None:
    run(two_people, write_clip(tmp_path / "more", [(RED, None)] * 4))
    assert {name: len(faces) for name, faces in found(tmp_path / "people").items()} == {"person_01": 7, "person_02": 5}


def test_extract_sets_a_missing_consent(run: Callable[..., Any], two_people: Path, tmp_path: Path) -> None:
    run(two_people)
    record = IdentityRecord("blue", check_consent("written", reference="contract 12"))
    finder = FaceFinder(PaintedDetector(), PaintedLandmarker())

    def give() -> Any:
        return extract(two_people, tmp_path / "people" / "person_01", record=record, finder=finder, crop_spec=SPEC)

    assert give().already_complete, "the largest face of a frame may be somebody else's"
    assert give().already_complete
    person = Faceset.open(tmp_path / "people" / "person_01")
    assert (person.identity.name, person.identity.consent) == ("blue", record.consent)
    assert len(person) == 5
    assert run(two_people).already_complete


class InterruptedRunError(Exception):
    """Stands for a kill."""


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize(
    ("step", "call"),
    [("_plan", 1), ("absorb", 1), ("absorb", 2), ("absorb", 3), ("absorb", 4), ("write_sheet", 1), ("write_sheet", 2)],
)
def test_interrupted_while_sorting_it_ends_as_a_whole_run(
    run: Callable[..., Any],
    two_people: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    call: int,
    after: bool,
) -> None:
    real, calls = getattr(people, step), []

    def stop(*arguments: Any, **options: Any) -> Any:
        calls.append(None)
        if len(calls) == call and not after:
            raise InterruptedRunError
        result = real(*arguments, **options)
        if len(calls) == call:
            raise InterruptedRunError
        return result

    with monkeypatch.context() as patch:
        patch.setattr(people, step, stop)
        with pytest.raises(InterruptedRunError):
            run(two_people)
    run(two_people)
    assert found(tmp_path / "people") == {"person_01": BLUE_FACES, "person_02": RED_FACES}
    assert {path.name for path in tmp_path.iterdir()} == {"clip", "people"}
    assert {path.name for path in (tmp_path / "people").iterdir()} == {
        *("person_01", "person_02", "person_01.png", "person_02.png")
    }


def test_errors(run: Callable[..., Any], two_people: Path, tmp_path: Path) -> None:
    nobody = write_clip(tmp_path / "nobody", [(None, None)])
    with pytest.raises(NoFaceError, match="no face in 1 frames"):
        run(nobody)
    assert not (tmp_path / "people").exists()
    run(two_people)
    with pytest.raises(ConfigError, match="is one person's face set"):
        run(two_people, parent="people/person_01")


# clustering ---------------------------------------------------------------------------------------------------------


def chains(vectors: list[list[float]], frames: list[int]) -> list[Chain]:
    """Stretches of one face each; those of one frame show different people."""
    from types import SimpleNamespace

    rows = [SimpleNamespace(media="m", frame_index=frame) for frame in frames]
    return [Chain(0, [row], np.array(vector)) for row, vector in zip(rows, vectors, strict=True)]  # type: ignore[list-item]


def test_average_linkage_by_hand() -> None:
    labels = cluster(chains([[0.0], [0.5], [1.2], [5.0]], [0, 1, 2, 3]), 0.6)
    assert labels[0] == labels[1] != labels[2] != labels[3], "1.2 is 0.95 from the mean pair, above 0.6"
    labels = cluster(chains([[0.0], [0.5], [1.2], [5.0]], [0, 1, 2, 3]), 0.96)
    assert labels[0] == labels[1] == labels[2] != labels[3]
    assert cluster(chains([[0.0]], [0]), 0.6).tolist() == [0]


def test_faces_of_one_frame_are_different_people() -> None:
    labels = cluster(chains([[0.0], [0.1], [0.05]], [0, 0, 1]), 0.6)
    assert labels[0] != labels[1]


def test_more_stretches_than_fit_join_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    from faceswap_lab.faces import people_clusters

    vectors = [[float(place % 2) * 3 + 0.01 * place] for place in range(21)]
    whole = group_by_person(chains(vectors, list(range(21))), 0.6)
    monkeypatch.setattr(people_clusters, "MOST_CLUSTERED", 12)
    few = group_by_person(chains(vectors, list(range(21))), 0.6)
    assert [len(group) for group in whole] == [len(group) for group in few] == [11, 10]
    assert group_by_person([], 0.6) == []


def test_pairwise_is_euclidean() -> None:
    np.testing.assert_allclose(pairwise(np.array([[0.0, 0], [3, 4]])), [[0, 5], [5, 0]])


@pytest.mark.hard
@pytest.mark.parametrize(
    ("name", "every"), [("h01_two_faces_sbs.mp4", 5), ("h02_cut_two_ids.mp4", 5), ("r03_two_people_vfr.gif", 1)]
)
def test_two_people_of_real_footage(footage_dir: Path, tmp_path: Path, name: str, every: int) -> None:
    from faceswap_lab.faces.clip_job import Choices
    from faceswap_lab.faces.finder import build_finder, build_part

    def make_parts() -> Parts:
        return Parts(build_finder(), embedder=build_part("embedder", "dlib_resnet"))

    clip = footage_dir / "hard" / name
    extract_people([clip], tmp_path / "people", make_parts=make_parts, choices=Choices(every=every), workers=1)
    sets = {path.parent.name: Faceset.open(path.parent) for path in (tmp_path / "people").glob("*/identity.yaml")}
    assert set(sets) == {"person_01", "person_02"}
    centres = {key: [row.box[::2].mean() for row in faceset.rows()] for key, faceset in sets.items()}
    if name.startswith("h01"):
        assert all((x < 540) == (centres["person_01"][0] < 540) for x in centres["person_01"])
        assert all((x < 540) == (centres["person_02"][0] < 540) for x in centres["person_02"])
        assert [len(faceset) for faceset in sets.values()] == [20, 20]
    if name.startswith("h02"):
        assert [row.frame_index for row in sets["person_02"].rows()] == list(range(40, 80, 5))
        assert [row.frame_index for row in sets["person_01"].rows()] == [*range(0, 40, 5), *range(80, 100, 5)]
    if name.startswith("r03"):
        left, right = sorted(centres.values(), key=min)  # both are followed throughout: a tie says nothing of order
        assert max(left) < 220 < min(right), "one sits on the right throughout"
