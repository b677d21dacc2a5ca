"""Writing in segments: finished pictures in, whole encoded segments out, each with the memory from which to go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.joining import Segment, Shown
from faceswap_lab.media.writer import Writer, WriterFactory
from faceswap_lab.swap.finish import Finished
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.segments import SegmentFolder
from faceswap_lab.swap.writers.parts import PartWriting


class SegmentWriting:
    """Writes one segment after the other into a folder; used in a ``with`` block.

    Args:
        folder: Where they are kept; what is done there already is not touched.
        writer: How to encode.
        footage: What is converted.
        ranges: Its frames that are converted.
        report: Holds the faces of what is written.
        parts: Writes what belongs beside the output.
        remember: Completes ``Finished.memory`` by what is known after the picture was written.
    """

    def __init__(
        self,
        folder: SegmentFolder,
        *,
        writer: WriterFactory,
        footage: Footage,
        ranges: FrameRange | None,
        report: ConvertReport,
        parts: PartWriting,
        remember: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> None:
        self._folder, self._writer, self._footage, self._ranges = folder, writer, footage, ranges
        self._report, self._parts, self._remember = report, parts, remember
        self._num_swaps = len(report.swaps)
        self._sink: Writer | None = None
        self._has_parts = False
        self._path: Path = folder.path
        self._frames: list[Shown] = []
        self._last: Segment | None = None

    def __enter__(self) -> Self:
        return self

    def write(self, finished: Finished) -> None:
        """Writes a picture, and ends its segment where that ends. Raises as ``Writer.write``."""
        if self._sink is None:
            self._path = self._folder.next_path()
            number = len(self._folder.done)
            sink = self._writer(self._path, like=self._footage, ranges=self._ranges, segment=number)
            self._sink = sink.__enter__()
            self._has_parts = not finished.frame.is_added  # what stands beside has no end card
            if self._has_parts:
                self._parts.begin(self._folder.part_paths(number), number=number)
        frame = finished.frame
        self._sink.write(finished.image, frame)  # which marks the picture in place
        if finished.shot is not None:
            self._parts.show(finished.shot)
        self._frames.append(Shown(frame.index, frame.pts, frame.time_base, frame.duration, frame.is_added))
        if finished.memory is not None:
            self._end()
            swaps = self._report.swaps[self._num_swaps :]
            self._folder.add(self._frames, swaps, self._remember(finished.memory))
            self._frames, self._num_swaps = [], len(self._report.swaps)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._sink is None:
            return
        if error is not None:
            self._parts.abandon(kind, error, trace)
            self._sink.__exit__(kind, error, trace)
            return
        self._end()
        self._last = Segment(self._path, self._frames)

    @property
    def segments(self) -> list[Segment]:
        """All that is written, after the ``with`` block: whole segments, and what was begun of another."""
        return [*(done.segment for done in self._folder.done), *([] if self._last is None else [self._last])]

    @property
    def parts(self) -> list[list[Segment]]:
        """The same of each companion: its parts, in order, which hold the footage's frames only."""
        shown = [[frame for frame in segment.frames if not frame.is_added] for segment in self.segments]
        shown = [frames for frames in shown if frames]
        paths = zip(*(self._folder.part_paths(number) for number in range(len(shown))), strict=True)
        return [[Segment(path, frames) for path, frames in zip(of_one, shown, strict=True)] for of_one in paths]

    def _end(self) -> None:
        assert self._sink is not None
        sink, self._sink = self._sink, None
        sink.__exit__(None, None, None)
        if self._has_parts:
            self._parts.end()
