"""A video or GIF as footage: exact times, upright pictures, exact frame numbers after seeking, damage reported once."""

import logging
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import av
import numpy as np

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.colour import RgbReader
from faceswap_lab.media.container import open_container, video_stream
from faceswap_lab.media.decoding import Decoder
from faceswap_lab.media.frame import Frame
from faceswap_lab.media.info import FootageInfo
from faceswap_lab.media.pixels import DeepImage, Pixels, shallow, to_16_bits
from faceswap_lab.media.probe import declared_num_frames, probe_video
from faceswap_lab.media.seeking import SeekPoint, find_seek_point
from faceswap_lab.media.selection import Selection

logger = logging.getLogger(__name__)

Numbered = tuple[int, av.VideoFrame]


class VideoFootage:
    """Reads a video once from front to back for each call of ``frames``.

    Args:
        path: Any container that FFmpeg opens.

    Raises:
        FootageError: The file is missing, empty, not a video, holds sound only, or no frame of it can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self.info, self._orientation = probe_video(path)

    def frames(
        self, ranges: FrameRange | None = None, every: int = 1, *, deferred: bool = False, deep: bool = False
    ) -> Iterator[Frame]:
        """Yields frames as ``Footage.frames`` says."""
        is_deep = deep and self.info.bit_depth > 8
        return self._frames(Selection(ranges, every=every), deferred=deferred, deep=is_deep)

    def _frames(self, selection: Selection, *, deferred: bool, deep: bool) -> Iterator[Frame]:
        reader, clock = RgbReader(), _Clock(self.info)
        # Closed by hand: a caller who stops early must not leave the file open until the garbage is collected.
        with closing(self._decoded(selection)) as decoded:
            for index, frame in decoded:
                pts = clock.time_of(frame)
                if selection.takes(index):
                    pixels, whole = self._picture(reader, frame, deep=deep)
                    pts_s = float(pts * clock.time_base)
                    yield Frame(
                        pixels if deferred else np.asarray(pixels),
                        index,
                        pts_s,
                        pts,
                        clock.time_base,
                        frame.duration or None,
                        whole,
                    )
        selection.check_any(self.path, self.info.num_frames)
        if clock.num_repaired:
            self._note(f"{self.path}: {clock.num_repaired} frames had no time after the one before; one was made up")

    def _picture(self, reader: RgbReader, frame: av.VideoFrame, *, deep: bool) -> tuple[Pixels, DeepImage | None]:
        if not deep:
            return reader.deferred(frame, self._orientation), None
        whole = to_16_bits(self._orientation.upright(reader.to_deep_rgb(frame)))
        return shallow(whole), whole

    def _decoded(self, selection: Selection) -> Generator[Numbered, None, None]:
        point = find_seek_point(self.path, selection.start) if selection.start else None
        if point is None or not (yield from self._decode(selection, point)):
            yield from self._decode(selection, None)

    def _decode(self, selection: Selection, point: SeekPoint | None) -> Generator[Numbered, None, bool]:
        """Yields frames from the first that is wanted; returns False, before any, if the seek did not land well."""
        offset = 0
        with open_container(self.path) as container:
            stream = video_stream(container, self.path)
            if point is not None:
                container.seek(point.timestamp, stream=stream)
            decoder = Decoder(container, stream=stream)
            for number, frame in decoder.frames():
                if point is not None and number == 0:
                    if frame.pts not in point.numbers:
                        return False
                    offset = point.numbers[frame.pts]
                index = offset + number
                if point is not None and index == selection.start and frame.pts != point.target_pts:
                    return False
                if selection.is_over(index):
                    break
                if index >= selection.start:
                    yield index, frame
            self._report(decoder, offset, declared_num_frames(container, stream))
        return True

    def _report(self, decoder: Decoder, offset: int, num_declared: int | None) -> None:
        num_passed = offset + decoder.num_read + decoder.num_lost
        if decoder.reached_end and num_declared is not None and num_passed < num_declared:
            num_lost = num_declared - offset - decoder.num_read
        else:
            num_lost = decoder.num_lost
        if num_lost:
            num_frames = num_declared if num_declared is not None else num_passed
            self._note(f"{self.path}: damaged or cut off: {num_lost} of {num_frames} frames cannot be read")

    def _note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)
            logger.warning(problem)


class _Clock:
    """Gives every frame a time later than that of the one before, which damaged and old files do not."""

    def __init__(self, info: FootageInfo) -> None:
        # The stream's, not the frame's: frames drained after a broken packet carry the time base of the codec.
        self.time_base = info.time_base or 1 / info.rate
        self.num_repaired = 0
        self._step = max(1, round(1 / info.rate / self.time_base))
        self._last: int | None = None

    def time_of(self, frame: av.VideoFrame) -> int:
        """Returns the time in ticks of ``time_base``."""
        pts = frame.pts if frame.pts is not None else frame.dts
        if pts is None:
            pts = 0 if self._last is None else self._last + self._step
        if self._last is not None and pts <= self._last:
            pts = self._last + 1
            self.num_repaired += 1
        self._last = pts
        return pts
