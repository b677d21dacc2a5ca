"""Hard footage converted: the right people, the footage's times, and not a pixel changed away from a face."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest

from faceswap_lab.core.consent import check_consent
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.finder import build_finder, build_part
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.frame import Frame
from faceswap_lab.media.pixels import to_8_bits
from faceswap_lab.media.writer import open_writer
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap.casting import Cast
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import SwapRecord
from faceswap_lab.swap.swapper import Swapper

pytestmark = [pytest.mark.hard, pytest.mark.timeout(600)]

MAN, WOMAN = "ada", "ben"  # whom the man and the woman become


class Seen(NamedTuple):
    """One converted clip.

    Attributes:
        swaps: Swapped faces of each frame.
        times: When each frame is shown in the output.
        footage_times: And in the footage.
        changed: Where each frame was changed before it was encoded, px; None for nowhere.
        images: The frames before they were encoded, every tenth.
    """

    swaps: dict[int, list[SwapRecord]]
    times: list[Fraction]
    footage_times: list[Fraction]
    changed: list[np.ndarray | None]
    images: dict[int, np.ndarray]

    def drawn(self, index: int) -> set[str]:
        """Who was drawn in a frame."""
        return {swap.identity for swap in self.swaps[index]}


class Comparing:
    """A video writer that first looks at what differs from the footage."""

    def __init__(self, footage: Path) -> None:
        self._footage = footage
        self.changed: list[np.ndarray | None] = []
        self.images: dict[int, np.ndarray] = {}

    def __call__(self, path: Path, **options: Any) -> "Comparing":
        self._writer = open_writer(path, preset="ultrafast", **options)
        return self

    def __enter__(self) -> "Comparing":
        self._frames = open_footage(self._footage).frames(deep=True)
        self._writer.__enter__()
        return self

    def write(self, image: np.ndarray, frame: Frame) -> None:
        before = next(self._frames)
        differs = (image != (before.full_depth if image.dtype == np.uint16 else before.image)).any(-1)
        self.changed.append(differs if differs.any() else None)
        if frame.index % 10 == 0:
            self.images[frame.index] = to_8_bits(image).copy()
        self._writer.write(image, frame)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, error, trace)


@pytest.fixture(scope="module")
def people(footage_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Face sets of the man and the woman, from their clips."""
    folder = tmp_path_factory.mktemp("people")
    for name, clip in (("man", "man_kitchen"), ("woman", "woman_outdoors")):
        footage = footage_dir / "clips" / f"{clip}.mp4"
        record = IdentityRecord(name, check_consent("self"))
        embedder = build_part("embedder", "dlib_resnet")
        extract(footage, folder / name, record=record, finder=build_finder(), embedder=embedder, every=25)
    return {name: folder / name for name in ("man", "woman")}


@pytest.fixture
def see(footage_dir: Path, tmp_path: Path, checkpoint: Path, people: dict[str, Path]) -> Callable[..., Seen]:
    """Converts a hard clip, whoever of the two is in it, and checks what holds of every clip."""

    def see(name: str, swap: dict[str, str] | None = None) -> Seen:
        footage, output = footage_dir / "hard" / name, tmp_path / "out.mp4"
        comparing = Comparing(footage)
        marks = Marks(label=None, watermark=None, credential=None, reason="pixels are compared")
        cast = Cast(swap=swap or {"man": MAN, "woman": WOMAN}, facesets=people)
        swapper = Swapper.from_checkpoint(checkpoint, device="cpu")
        report = convert(footage, output, swapper=swapper, cast=cast, marks=marks, writer=comparing)
        swaps: dict[int, list[SwapRecord]] = {index: [] for index in range(report.num_frames)}
        for swap in report.swaps:
            swaps[swap.frame_index].append(swap)
        times = [[f.pts * f.time_base for f in open_footage(path).frames()] for path in (output, footage)]
        seen = Seen(swaps, *times, comparing.changed, comparing.images)
        assert seen.times == seen.footage_times
        for index, changed in enumerate(seen.changed):
            assert stray_px(changed, swaps[index]) == 0, f"frame {index}"
        return seen

    return see


def stray_px(changed: np.ndarray | None, swaps: list[SwapRecord]) -> int:
    """Changed pixels that are farther from every swapped face's hull than a forehead is high."""
    if changed is None:
        return 0
    near = np.zeros(changed.shape, np.uint8)
    for swap in swaps:
        hull = cv2.convexHull(swap.landmarks_682.astype(np.float32)).astype(np.int32)
        face = np.zeros_like(near)
        cv2.fillConvexPoly(face, hull, 1)
        reach = round(0.4 * np.ptp(swap.landmarks_682[:, 1]))
        near |= cv2.dilate(face, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    return int((changed & (near == 0)).sum())


def test_two_people_become_two_identities_at_once(see: Callable[..., Seen]) -> None:
    """h01: the woman stands left of x = 540, the man right of it."""
    seen = see("h01_two_faces_sbs.mp4")
    for index, swaps in seen.swaps.items():
        sides = {swap.identity: swap.landmarks_682[:, 0].mean() < 540 for swap in swaps}
        assert len(swaps) == 2, index
        assert sides == {WOMAN: True, MAN: False}, index


def test_cuts_change_the_identity_in_the_very_frame(see: Callable[..., Seen]) -> None:
    """h02: frames 40 to 79 show the woman, the others the man."""
    seen = see("h02_cut_two_ids.mp4")
    for index in seen.swaps:
        assert seen.drawn(index) == {WOMAN if 40 <= index < 80 else MAN}, index


def test_strangers_stay_as_they_are(see: Callable[..., Seen]) -> None:
    """h06 shows somebody else."""
    seen = see("h06_vfr.mp4")
    assert all(changed is None for changed in seen.changed)


def test_times_of_a_variable_rate(see: Callable[..., Seen], footage_dir: Path) -> None:
    seen = see("h06_vfr.mp4", {"all": MAN})
    true_ms = json.loads((footage_dir / "hard" / "h06_vfr_pts.json").read_text())
    np.testing.assert_allclose([1000 * float(time) for time in seen.times], true_ms, atol=1.0)
    assert all(len(swaps) == 1 for swaps in seen.swaps.values())


def test_black_in_the_middle_stays_black(see: Callable[..., Seen]) -> None:
    seen = see("h09_black_mid.mp4")
    for index, swaps in seen.swaps.items():
        is_black = 30 <= index < 60
        assert len(swaps) == (not is_black), index
        assert (seen.changed[index] is None) == is_black, index


def test_nothing_is_drawn_beside_an_occluded_face(see: Callable[..., Seen]) -> None:
    """h11: where the ellipse hides the face so that it is not found, the frame stays as it is."""
    seen = see("h11_occlusion_synth.mp4")
    assert all(seen.drawn(index) <= {MAN} and len(swaps) <= 1 for index, swaps in seen.swaps.items())
    assert all(len(seen.swaps[index]) == 1 for index in [*range(30), *range(70, 100)])
    hidden = [index for index, swaps in seen.swaps.items() if not swaps]
    assert hidden
    assert all(seen.changed[index] is None for index in hidden)


def test_a_face_that_leaves_is_swapped_as_far_as_it_is_seen(see: Callable[..., Seen]) -> None:
    """h12: about half of it stays; what is swapped ends at the frame's edge."""
    seen = see("h12_face_leaves_frame.mp4")
    assert sum(len(swaps) == 1 for swaps in seen.swaps.values()) >= 98
    at_edge = [bool(changed[:, [0, -1]].any()) for changed in seen.changed if changed is not None]
    assert any(at_edge)
    assert not all(at_edge)


@pytest.mark.parametrize("name", ["h21_hevc_10bit.mp4", "h25_nonzero_start.mp4"])
def test_depth_and_start_do_not_matter(see: Callable[..., Seen], name: str) -> None:
    seen = see(name)
    assert all(len(swaps) == 1 for swaps in seen.swaps.values())
    assert seen.times[0] == (5 if name.startswith("h25") else 0)


def test_grey_footage_takes_a_nearly_grey_face(see: Callable[..., Seen]) -> None:
    seen = see("h23_gray.mkv")
    assert all(len(swaps) == 1 for swaps in seen.swaps.values())
    for image in seen.images.values():
        spread = np.ptp(image.astype(int), axis=-1)
        assert spread[spread > 0].mean() <= 6
