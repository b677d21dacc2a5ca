"""Which face counts as the swapped one, and what the figures of a direction say about faces that are known."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from faceswap_lab.core.errors import FootageError
from faceswap_lab.evaluation.evenly import spread, spread_runs
from faceswap_lab.evaluation.expression_error import expression_error
from faceswap_lab.evaluation.reference import Reference
from faceswap_lab.evaluation.seam import Seam
from faceswap_lab.evaluation.search import in_step, nearest_face, search
from faceswap_lab.evaluation.summary import Known, summarise
from faceswap_lab.faces.face import Detection, Face
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.report import ConvertReport, SwapRecord


def face_at(x: float, y: float, *, size: float = 80.0, gap: float = 0.0) -> Face:
    """A mean face with its corner there, its mouth opened by a gap in px."""
    landmarks = MEAN_FACE_682 * size + (x, y)
    landmarks[[67, 66, 65]] = landmarks[[61, 62, 63]] + (0.0, gap)
    return Face(np.array([x, y, x + size, y + size]), landmarks, 1.0)


def expression_error_of_half_a_gap() -> float:
    """Of mouths that open half as far as the footage's, in the first four frames of the test below."""
    gaps = [(1.0 * i, 2.0 * i) for i in range(4)]
    of = [[face_at(50.0, 50.0, gap=gap).landmarks_682 for gap in both] for both in gaps]
    return float(np.mean([expression_error(swapped, footage) for swapped, footage in of]))


def frames(count: int) -> list[Frame]:
    generator = np.random.default_rng(5)
    return [Frame(generator.integers(0, 255, (200, 300, 3), dtype=np.uint8), i, i / 25) for i in range(count)]


def report(*, frames: int, swapped: int) -> ConvertReport:
    swaps = [SwapRecord(i, i / 25, MEAN_FACE_682, (0, 0, 1, 1), opaque_px=80, hull_px=100.0) for i in range(swapped)]
    made = Path("clip.mp4")
    return ConvertReport(made, made, num_frames=frames, swaps=swaps, elapsed_s=0.1 * frames)


class FinderOf:
    """Finds the faces it is given, frame by frame; as landmarker, in turn the footage's face and the one just found."""

    name = "given"

    def __init__(self, faces: list[list[Face]], footage: list[Face]) -> None:
        self.faces, self.footage, self.found = iter(faces), iter(footage), list[Face]()
        self.landmarker = self.unrefined = self

    def landmarks(self, image: np.ndarray, detection: Detection) -> Face:
        if self.found:
            self.waiting = self.found.pop()
            return next(self.footage)
        return self.waiting

    def find(self, image: np.ndarray) -> list[Face]:
        self.found = list(next(self.faces))
        return list(self.found)


class Embedder:
    """Describes every face by a vector of one number."""

    name, threshold = "fake", 0.6

    def embed(self, image: np.ndarray, landmarks_682: np.ndarray) -> np.ndarray:
        return np.full(128, 0.05)


def test_the_nearest_face_is_the_swapped_one_and_a_bystander_is_not() -> None:
    swapped = face_at(50.0, 50.0).landmarks_682
    there, bystander = face_at(53.0, 48.0), face_at(170.0, 50.0)
    assert nearest_face([bystander, there], swapped) is there
    assert nearest_face([bystander], swapped) is None
    assert nearest_face([], swapped) is None


def test_streams_must_end_together() -> None:
    assert len(list(in_step(frames(3), frames(3)))) == 3
    with pytest.raises(FootageError, match="number of frames"):
        list(in_step(frames(3), frames(2)))


def test_search_and_summary() -> None:
    footage = frames(6)
    swapped = {i: face_at(50.0, 50.0).landmarks_682 for i in range(5)}  # nothing was swapped in frame 5
    looked_at_anew = [face_at(50.0, 50.0, gap=2.0 * i) for i in range(5)]
    found_faces = [[face_at(51.0, 50.0, gap=1.0 * i)] for i in range(4)] + [[face_at(200.0, 100.0)]]
    results = list(
        search(
            in_step(footage, frames(6)),
            swapped,
            searched=range(6),
            embedded={0, 2},
            finder=FinderOf(found_faces, looked_at_anew),
            embedder=Embedder(),
        )
    )
    found = [face for _, _, face in results if face is not None]
    assert [face.index for face in found] == [0, 1, 2, 3]
    target, other = (Reference(np.full(128, value), np.full((60, 128), value), 100.0) for value in (0.0, 1.0))
    known = Known("ada", target, other, 0.6, {"ada": target.mean_128, "ben": other.mean_128})
    figures, intervals = summarise(
        found, known=known, frames_searched=6, converted=report(frames=6, swapped=5), kept={}
    )
    assert figures["faces_found_ratio"] == pytest.approx(4 / 6, abs=1e-4)
    assert figures["frames_embedded"] == 2
    assert figures["identity_distance_target"] == pytest.approx(0.05 * np.sqrt(128), abs=1e-4)
    assert figures["identity_distance_footage"] == pytest.approx(0.95 * np.sqrt(128), abs=1e-4)
    assert figures["closer_to_target_ratio"] == figures["rank_one_ratio"] == figures["verified_target_ratio"] == 1.0
    assert figures["verified_footage_ratio"] == 0.0
    assert figures["expression_error"] == pytest.approx(expression_error_of_half_a_gap(), abs=1e-6)
    assert intervals == {}, "four frames say nothing about others"
    assert figures["mouth_opening_correlation"] == pytest.approx(1.0)
    assert figures["mouth_opening_std"] is not None
    assert figures["ms_per_frame"] == 100.0
    assert figures["mask_hull_ratio"] == 0.8


def test_no_face_found_gives_nulls_not_nan() -> None:
    reference = Reference(np.zeros(128), np.zeros((60, 128)), 100.0)
    known = Known("ada", reference, reference, 0.6, {"ada": reference.mean_128, "ben": reference.mean_128 + 1})
    figures, intervals = summarise(
        [], known=known, frames_searched=3, converted=report(frames=3, swapped=0), kept={"seam_ratio": Seam().measured}
    )
    assert intervals == {}
    numbers = {name for name, value in figures.items() if value is not None}
    assert numbers == {
        *("frames", "frames_swapped", "frames_searched", "frames_embedded", "faces_found_ratio", "ms_per_frame")
    }
    assert figures["faces_found_ratio"] == 0.0
    for name in ("identity_distance_target", "mouth_opening_correlation", "sharpness_ratio", "mask_hull_ratio"):
        assert figures[name] is None


def test_spread_is_even_and_holds_both_ends() -> None:
    assert spread(range(101), 5) == [0, 25, 50, 75, 100]
    assert spread(range(3), 5) == [0, 1, 2]
    assert spread(range(3), 0) == []


def test_runs_are_neighbours_spread_over_the_clip() -> None:
    chosen = spread_runs(range(100, 350), 125, length=25)
    assert (len(chosen), chosen[0], chosen[-1]) == (125, 100, 349)
    assert sum(after - before == 1 for before, after in pairwise(chosen)) == 120
    assert spread_runs(range(130), 125, length=25)[-1] == 129
    assert spread_runs(range(20), 125, length=25) == list(range(20))
