"""Facts about a file without reading its frames: headers, and one decoded frame for what only that can tell."""

from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from faceswap_lab.media.colour import tags_of
from faceswap_lab.media.container import open_container, video_stream, why_no_frame
from faceswap_lab.media.info import FootageInfo
from faceswap_lab.media.orientation import Orientation, orientation_of

# One packet is one shown frame. Not so in VP8 (hidden reference frames) or MPEG-4 in AVI (packed B-frames).
_ONE_FRAME_A_PACKET = {"h264", "hevc", "vp9", "av1", "libdav1d", "prores", "mjpeg", "ffv1"}

# What a muxer states of the file that it made, not of the footage in it.
_ABOUT_THE_FILE = {"major_brand", "minor_version", "compatible_brands", "encoder", "encoded_by", "duration"}


def probe_video(path: Path) -> tuple[FootageInfo, Orientation]:
    """Returns what the headers and the first frame of a video or GIF say.

    Raises:
        FootageError: The file is missing, empty, not a video, holds sound only, or no frame of it can be decoded.
    """
    with open_container(path) as container:
        stream = video_stream(container, path)
        first = _first_frame(container, stream)
        if first is not None:
            return _facts(container, stream, first), orientation_of(first)
    raise why_no_frame(path)


def has_one_frame_a_packet(stream: VideoStream) -> bool:
    """Returns whether counting packets counts frames, which holds for most codecs, but not all."""
    return stream.codec_context.codec.name in _ONE_FRAME_A_PACKET


def declared_num_frames(container: InputContainer, stream: VideoStream) -> int | None:
    """Returns how many frames the container says it holds, without those that its edit list hides; None: it does not.

    A file that was cut off holds fewer.
    """
    if not 0 < stream.frames <= container.size or not has_one_frame_a_packet(stream):
        return None  # a frame has a byte at least
    return stream.frames - sum(entry.is_discard for entry in stream.index_entries)


def _first_frame(container: InputContainer, stream: VideoStream) -> av.VideoFrame | None:
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except FFmpegError:  # a broken packet; the next ones may be whole
            continue
        if frames:
            return frames[0]
    return None


def _facts(container: InputContainer, stream: VideoStream, first: av.VideoFrame) -> FootageInfo:
    orientation = orientation_of(first)
    width, height = first.width, first.height
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if orientation.transposed:
        width, height, aspect = height, width, 1 / aspect
    fps, duration_s = stream.average_rate, _duration_s(container, stream)
    num_frames = declared_num_frames(container, stream)
    if num_frames is None and fps and duration_s is not None:
        num_frames = round(duration_s * fps)
    if num_frames is not None and num_frames > container.size:  # a frame has a byte at least
        num_frames = None
    return FootageInfo(
        kind="video",
        width=width,
        height=height,
        num_frames=num_frames,
        fps=float(fps) if fps else None,
        duration_s=duration_s,
        rotation=orientation.rotation,
        has_audio=bool(container.streams.audio),
        bit_depth=max(component.bits for component in first.format.components),
        variable_frame_rate=stream.average_rate != stream.base_rate if fps and stream.base_rate else None,
        codec=stream.codec_context.codec.canonical_name,
        pix_fmt=first.format.name,
        colour=tags_of(first),
        sample_aspect_ratio=aspect if aspect != 1 else None,
        time_base=stream.time_base,
        metadata={key: value for key, value in container.metadata.items() if key.lower() not in _ABOUT_THE_FILE},
        chapters=container.chapters(),
    )


def _duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration is not None else None
