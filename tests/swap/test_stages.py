"""Stages that overlap: the same pictures in the same order, errors and early ends that leave no thread behind."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceswap_lab.core.errors import FootageError
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.blends.membrane import Membrane
from faceswap_lab.swap.choose import FaceChooser
from faceswap_lab.swap.colour.none import NoColour
from faceswap_lab.swap.locate import FaceLocator
from faceswap_lab.swap.masks.hull import Hull
from faceswap_lab.swap.put_back import PutBack
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.router import OneFace
from faceswap_lab.swap.seen import FrameFaces
from faceswap_lab.swap.stages import Stages
from faceswap_lab.swap.swapper import Swapper

NUM_FRAMES = 40


class Endless:
    """Footage that counts how far it was read, and may break."""

    def __init__(self, breaks_at: int | None = None) -> None:
        self.num_read, self._breaks_at = 0, breaks_at

    def frames(
        self, ranges: Any = None, every: int = 1, *, deferred: bool = False, deep: bool = False
    ) -> Iterator[Frame]:
        for index in range(NUM_FRAMES):
            if index == self._breaks_at:
                raise FootageError("the disk was taken out")
            self.num_read += 1
            yield Frame(np.full((96, 128, 3), index, np.uint8), index, index / 25)


@pytest.fixture
def make_stages(checkpoint: Path, make_finder: Callable[..., FaceFinder]) -> Callable[..., Stages]:
    swapper = Swapper.from_checkpoint(checkpoint, device="cpu")

    def make(*, overlap: bool, finder: FaceFinder | None = None, batch_size: int = 4) -> Stages:
        spec = swapper.crop_spec
        source = FrameFaces(finder or make_finder())
        locator = FaceLocator(source, OneFace("ada", FaceChooser()), crop_spec=spec)
        parts = PutBack(colour=NoColour(), mask=Hull(), blend=Membrane(), crop_spec=spec, output_size=64)
        report = ConvertReport(Path("x"), Path("y"))
        return Stages(locator, swapper, parts, report=report, batch_size=batch_size, overlap=overlap)

    return make


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def test_overlapping_changes_nothing(make_stages: Callable[..., Stages]) -> None:
    serial, overlapped = (list(make_stages(overlap=overlap).run(Endless(), None)) for overlap in (False, True))
    assert [len(batch.frames) for batch in overlapped] == [4] * 10
    for one, other in zip(serial, overlapped, strict=True):
        assert [frame.index for frame in one.frames] == [frame.index for frame in other.frames]
        for [(_, patch)], [(_, other_patch)] in zip(one.swaps, other.swaps, strict=True):
            np.testing.assert_array_equal(patch.rgb, other_patch.rgb)


def test_batches_end_with_segments_and_carry_what_goes_on(make_stages: Callable[..., Stages]) -> None:
    batches = list(make_stages(overlap=True).run(Endless(), None, segment_frames=10))
    assert [len(batch.frames) for batch in batches] == [4, 4, 2] * 4
    assert [batch.memory is not None for batch in batches] == [False, False, True] * 4
    memory = batches[5].memory
    assert memory is not None
    assert memory["locator"]["source"]["last_index"] == 19


def test_an_early_end_stops_all_stages_before_they_read_on(make_stages: Callable[..., Stages]) -> None:
    footage = Endless()
    batches = make_stages(overlap=True).run(footage, None)
    next(batches)
    batches.close()
    assert footage.num_read <= 4 * 8, "what waits between the stages, and no more"


def test_errors_come_out_as_they_are(
    make_stages: Callable[..., Stages], make_finder: Callable[..., FaceFinder]
) -> None:
    read: list[Any] = []
    with pytest.raises(FootageError, match="the disk was taken out"):
        read += make_stages(overlap=True).run(Endless(breaks_at=21), None)
    broken = make_finder(lambda call: 1 / 0 if call == 9 else [])
    with pytest.raises(ZeroDivisionError):
        read += make_stages(overlap=True, finder=broken).run(Endless(), None)
    with pytest.raises(ZeroDivisionError):
        read += make_stages(overlap=False, finder=make_finder(lambda call: 1 / 0)).run(Endless(), None)
    assert len(read) == 5 + 2, "whole batches before the fault come through"
