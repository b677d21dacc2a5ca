"""The stages of a conversion, each a generator over batches: decode, find, draw. Overlapped, each has its own thread.

Batches are bounded, at most one waits between two stages, and order is kept, so that memory does not grow with the
footage and overlapping changes no pixel. An error or an early end in any stage closes those before it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.frame import Frame
from faceswap_lab.media.read_ahead import read_ahead
from faceswap_lab.media.selection import Selection
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.locate import FaceLocator, LocatedFace
from faceswap_lab.swap.memory import Memory
from faceswap_lab.swap.put_back import PutBack
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.swapper import SwappedFaces, Swapper

T = TypeVar("T")

Swap = tuple[LocatedFace, Patch]
"""A face and the patch that replaces it, made from the frame as it was read."""

_MOST_BYTES = 64 * 2**20  # of a batch's pictures: four batches are under way at a time


@dataclass(frozen=True, slots=True)
class Located:
    """Frames and their faces.

    Attributes:
        frames: In order.
        faces: Of each frame those that are swapped, the farthest first.
        memory: What the locator knew after the last of them, where the batch ends a segment, for JSON.
    """

    frames: list[Frame]
    faces: list[list[LocatedFace]]
    memory: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """Frames, still as they were read, and what is to be written over them.

    Attributes:
        frames: In order.
        swaps: Of each frame, the farthest first.
        memory: What has to be given to ``Stages.restore`` to go on after them, where they end a segment, for JSON.
    """

    frames: list[Frame]
    swaps: list[list[Swap]]
    memory: dict[str, Any] | None = None


class Stages:
    """The chain from footage to patches.

    Args:
        locator: Tells the faces to swap.
        swapper: Draws them.
        parts: Puts them back.
        report: Where each stage's time is counted.
        batch_size: Most frames of a batch; fewer where frames are large.
        only: Frames whose faces are swapped; others go through as they are. None: all.
        overlap: Whether each stage has a thread of its own.
    """

    def __init__(
        self,
        locator: FaceLocator,
        swapper: Swapper,
        parts: PutBack,
        *,
        report: ConvertReport,
        batch_size: int,
        only: FrameRange | None = None,
        overlap: bool = True,
    ) -> None:
        self._only = only
        self._locator, self._swapper, self._parts, self._report = locator, swapper, parts, report
        self._batch_size, self._overlap = batch_size, overlap
        self._memories: dict[int, Memory] = {}

    def restore(self, memory: Mapping[str, Any]) -> None:
        """Goes on where ``Drawn.memory`` was taken; to be called before ``run``."""
        self._locator.restore(memory["locator"])
        self._memories = {int(track): Memory.from_plain(plain) for track, plain in memory["tracks"].items()}

    def run(
        self,
        footage: Footage,
        ranges: FrameRange | None,
        *,
        segment_frames: int | None = None,
        after: int | None = None,
    ) -> Generator[Drawn, None, None]:
        """Yields the frames of a range with what is to be written over them; to be closed if it is left early.

        Args:
            footage: What is converted.
            ranges: Its frames that are wanted; None: all.
            segment_frames: After so many frames a batch ends and carries the memory from which to go on.
            after: Index of the last frame that needs not be drawn again; None: all are drawn.
        """
        batches = self._ahead(_batches(self._decode(footage, ranges, after), self._batch_size, segment_frames))
        drawn = self._ahead(self._draw(self._ahead(self._locate(batches))))
        try:
            yield from drawn
        finally:
            drawn.close()

    def _ahead(self, items: Generator[T, None, None]) -> Generator[T, None, None]:
        return read_ahead(items, num_ahead=1) if self._overlap else items

    def _decode(self, footage: Footage, ranges: FrameRange | None, after: int | None) -> Iterator[Frame]:
        # What is passed over is decoded, not sought across: numbers and times of damaged footage follow from all of it.
        frames = iter(footage.frames(ranges, deferred=after is not None, deep=True))
        only = None if self._only is None else Selection(self._only)
        while True:
            with self._report.time("decode"):
                frame = next(frames, None)
                if frame is None:
                    if only is not None:
                        only.check_any(footage.path, footage.info.num_frames)
                    return
                if only is not None:
                    only.takes(frame.index)
                if after is not None and frame.index <= after:
                    continue
                frame = frame if after is None else replace(frame, pixels=frame.image)
            yield frame

    def _locate(self, batches: Generator[tuple[list[Frame], bool], None, None]) -> Generator[Located, None, None]:
        try:
            for frames, ends_segment in batches:
                with self._report.time("find"):
                    faces = [self._locator.locate(frame) if self._is_swapped(frame) else [] for frame in frames]
                yield Located(frames, faces, self._locator.memory() if ends_segment else None)
        finally:
            batches.close()

    def _is_swapped(self, frame: Frame) -> bool:
        return self._only is None or self._only.contains(frame.index)

    def _draw(self, batches: Generator[Located, None, None]) -> Generator[Drawn, None, None]:
        try:
            for batch in batches:
                with self._report.time("network"):
                    drawn = self._swap(batch.faces)
                with self._report.time("put_back"):
                    swaps = [
                        self._put_back(frame, faces, drawn)
                        for frame, faces in zip(batch.frames, batch.faces, strict=True)
                    ]
                yield Drawn(batch.frames, swaps, None if batch.memory is None else self._memory(batch.memory))
        finally:
            batches.close()

    def _memory(self, of_locator: dict[str, Any]) -> dict[str, Any]:
        return {
            "locator": of_locator,
            "tracks": {str(track): memory.to_plain() for track, memory in self._memories.items()},
        }

    def _swap(self, faces: list[list[LocatedFace]]) -> dict[str, Iterator[SwappedFaces]]:
        """What the network draws, one identity after the other: by identity, a face at a time in their order."""
        crops: dict[str, list[Any]] = {}
        for face in (face for of_frame in faces for face in of_frame):
            crops.setdefault(face.identity, []).append(face.crop)
        return {identity: _one_by_one(self._swapper.swap(some, identity)) for identity, some in crops.items()}

    def _put_back(self, frame: Frame, faces: list[LocatedFace], drawn: dict[str, Iterator[SwappedFaces]]) -> list[Swap]:
        swaps: list[Swap] = []
        for face in faces:
            image, mask = next(drawn[face.identity])
            patch = self._parts.patch(
                frame.full_depth,
                face.landmarks_682,
                face.frame_to_crop_23,
                image,
                mask,
                memory=self._memories.get(face.track),
                frame_index=frame.index,
                stored=face.mask,
            )
            if patch is None:
                continue
            swaps.append((face, patch))
        # Of this frame alone: nothing older is looked at, so the memory does not grow with the tracks of a film.
        self._memories = {face.track: patch.memory for face, patch in swaps if patch.memory is not None}
        return swaps


def _one_by_one(faces: SwappedFaces) -> Iterator[SwappedFaces]:
    for index in range(len(faces.images)):
        yield SwappedFaces(faces.images[index], None if faces.masks is None else faces.masks[index])


def _batches(
    frames: Iterable[Frame], batch_size: int, segment_frames: int | None
) -> Generator[tuple[list[Frame], bool], None, None]:
    """Frames in lists, and whether the list is the last of a segment; no list goes across one's end."""
    batch: list[Frame] = []
    num_in_segment = 0
    for frame in frames:
        batch.append(frame)
        num_in_segment += 1
        ends_segment = num_in_segment == segment_frames
        if ends_segment or len(batch) == max(1, min(batch_size, _MOST_BYTES // max(frame.full_depth.nbytes, 1))):
            yield batch, ends_segment
            batch = []
            num_in_segment = 0 if ends_segment else num_in_segment
    if batch:
        yield batch, False
