"""Segments of a video, each encoded on its own, joined into one file without decoding: packets are copied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
from av.error import FFmpegError
from av.video.stream import VideoStream

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.container import open_container, video_stream
from faceswap_lab.media.encoding import EVERYTHING, Keeps
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.frame import FrameTime
from faceswap_lab.media.muxer import Muxer
from faceswap_lab.media.timeline import Timeline
from faceswap_lab.media.video_writer import explain_ffmpeg_error


@dataclass(frozen=True, slots=True)
class Shown:
    """When a frame is shown in the footage, see `Frame`."""

    index: int
    pts: int | None
    time_base: Fraction | None
    duration: int | None
    is_added: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """A file that a writer with ``segment=`` made.

    Attributes:
        path: The file.
        frames: Which frames of the footage it holds, in order of display.
    """

    path: Path
    frames: Sequence[FrameTime]


def join(
    segments: Sequence[Segment],
    path: Path,
    *,
    like: Footage,
    ranges: FrameRange | None = None,
    tags: dict[str, str] | None = None,
    keeps: Keeps = EVERYTHING,
    is_whole: bool = True,
) -> None:
    """Writes segments one after the other, with the times and the sound of the footage, as one writer would have.

    Args:
        segments: In order, at least one; all by one encoder with one setting.
        path: File to write; its suffix chooses the container.
        like: The footage.
        ranges: As ``writer.open_writer``.
        tags: Metadata of the container.
        keeps: What of the footage goes into it beside the pictures.
        is_whole: Whether these are all frames; else the sound ends with the last one.

    Raises:
        FootageError: A segment cannot be opened.
        OutputError: A segment is not whole or does not fit the others, or the output cannot be written.
    """
    frames = [frame for segment in segments for frame in segment.frames]
    with open_container(segments[0].path) as container:
        template = video_stream(container, segments[0].path)
        muxer: Muxer | None = None
        try:
            muxer = Muxer(
                path,
                name=path,
                like=like,
                encoding=None,
                keeps=keeps,
                ranges=ranges,
                tags=tags or {},
                size=(template.width, template.height),
                first=frames[0],
                template=template,
            )
            packets = _packets(segments, _times(frames, muxer.new_timeline()), template.codec_context.extradata)
            for packet, frame in zip(packets, frames, strict=True):
                muxer.copy(packet, frame)
            muxer.finish(is_whole=is_whole)
        except BaseException as error:
            if muxer is not None:
                muxer.abandon()
            if isinstance(error, FFmpegError):
                raise explain_ffmpeg_error(error, path) from error
            raise


def _times(frames: Sequence[FrameTime], timeline: Timeline) -> list[tuple[int, int]]:
    """Time and duration of each frame in the output, ticks."""
    times = [
        timeline.place(
            frame.index, frame.index if frame.pts is None else frame.pts, frame.duration, is_added=frame.is_added
        )
        for frame in frames
    ]
    gaps = [after - before for before, after in pairwise(times)]
    gaps.append(gaps[-1] if gaps else 1)
    return [(time, frame.duration or gap) for time, frame, gap in zip(times, frames, gaps, strict=True)]


def _packets(
    segments: Sequence[Segment], times: Sequence[tuple[int, int]], extradata: bytes | None
) -> Iterator[av.Packet[VideoStream]]:
    """The packets of all segments in the order of decoding, with their times in the output."""
    orders = [_display_order(segment) for segment in segments]
    starts = [sum(map(len, orders[:number])) for number in range(len(orders))]
    ranks = [start + rank for start, order in zip(starts, orders, strict=True) for rank in order]
    # A packet is decoded so many places before the frame of its place is shown, as an encoder counts it.
    delay = max(place - rank for place, rank in enumerate(ranks))
    lead = times[delay][0] - times[0][0]
    place = 0
    for segment in segments:
        with open_container(segment.path) as container:
            stream = video_stream(container, segment.path)
            if stream.codec_context.extradata != extradata:
                raise OutputError(f"{segment.path}: encoded otherwise than the segment before; convert it all again")
            for packet in container.demux(stream):
                if packet.size == 0:
                    continue
                packet.pts, packet.duration = times[ranks[place]]
                packet.dts = times[place - delay][0] if place >= delay else times[place][0] - lead
                place += 1
                yield packet


def _display_order(segment: Segment) -> list[int]:
    """The place in display of each packet of a segment."""
    with open_container(segment.path) as container:
        packets = container.demux(video_stream(container, segment.path))
        pts = [packet.pts or 0 for packet in packets if packet.size]
    if len(pts) != len(segment.frames):
        raise OutputError(f"{segment.path}: holds {len(pts)} frames instead of {len(segment.frames)}; convert it again")
    order = [0] * len(pts)
    for rank, place in enumerate(sorted(range(len(pts)), key=pts.__getitem__)):
        order[place] = rank
    return order
