"""Opening a video file: every way in which it can fail becomes one line that says what the file is."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from faceswap_lab.core.errors import FootageError
from faceswap_lab.core.foreign_files import require_file
from faceswap_lab.core.memory_limit import limited_memory

# Containers only. FFmpeg also "opens" plain text as a terminal's picture, and playlists that name other files or hosts.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,apng,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,nut,dv,ivf,obu,h264,hevc,"
    "mjpeg,yuv4mpegpipe,rm,wtv,wav,w64,mp3,aac,ac3,flac,aiff,caf"
)

MAX_FRAME_PIXELS = 35_651_584
"""Of a video's frame: 8192x4352, the most of H.264, HEVC and AV1 at the levels that players know, up to 6.3.

A decoder holds up to 16 of them, and a few bytes of video can ask for that, so fewer than of an image."""

_LIMITS = {"max_pixels": str(MAX_FRAME_PIXELS)}
_MOST_BYTES = 2 * 2**30  # of memory while a file is opened: an index of a few bytes may claim any number of frames


def url_of(path: Path) -> str:
    """Returns the name to hand to FFmpeg, which would take a colon in a bare name for a protocol."""
    return f"file:{os.path.abspath(path)}"


@contextmanager
def open_container(path: Path) -> Iterator[InputContainer]:
    """Yields an open container and closes it.

    Raises:
        FootageError: The file is missing, empty, unreadable, or no container of sound or pictures.
    """
    with open_input(path) as container:
        yield container


def open_input(path: Path) -> InputContainer:
    """Opens a container; whoever calls closes it. Raises as ``open_container``."""
    if size_of_footage(path) == 0:
        raise FootageError(f"{path}: the file is empty (0 bytes); copy or download it again")
    try:
        return _open(path, _LIMITS)
    except PermissionError as error:
        raise FootageError(f"{path}: permission denied; make the file readable") from error
    except MemoryError as error:
        raise FootageError(
            f"{path}: its index asks for more than {_MOST_BYTES / 2**30:g} GiB; it is not read"
        ) from error
    except (FFmpegError, UnicodeError) as error:
        raise FootageError(f"{path}: {_explain(path)}") from error


def _open(path: Path, options: Mapping[str, str]) -> InputContainer:
    with limited_memory(_MOST_BYTES):
        return av.open(url_of(path), options={"format_whitelist": _FORMATS, "protocol_whitelist": "file", **options})


def size_of_footage(path: Path) -> int:
    """Returns the bytes of a file that holds footage.

    Raises:
        FootageError: It is missing, or no file: a pipe would be waited for, and footage is read more than once.
    """
    try:
        return require_file(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FootageError(f"{path}: no such file or folder; check the path") from error
    except OSError as error:
        raise FootageError(f"{path}: cannot be read ({error.strerror}); choose a file") from error


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """Returns the first stream of moving pictures, set to decode on all cores.

    Raises:
        FootageError: There is none, or no decoder for it, or its frames are too large; a cover picture in a sound file
            does not count.
    """
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        found = "sound only, no pictures" if container.streams.audio else "no pictures"
        raise FootageError(f"{path}: the file holds {found}; choose a video, a GIF, an image or a folder of images")
    stream = streams[0]
    if stream.codec_context is None:
        raise FootageError(
            f"{path}: its video has no known codec, or the file is damaged; convert it to H.264 or copy it again"
        )
    _check_size(stream, path)
    stream.thread_type = "AUTO"
    stream.codec_context.options = dict(_LIMITS)
    return stream


def why_no_frame(path: Path) -> FootageError:
    """Returns the error to raise where no frame of a video can be decoded."""
    try:
        # A decoder that was refused a frame for its size tells nothing of it; one that decodes nothing does.
        with _open(path, {"skip_frame": "all"}) as container:
            for stream in container.streams.video:
                _check_size(stream, path)
    except FootageError as error:
        return error
    except (FFmpegError, MemoryError) as error:
        return FootageError(f"{path}: {error}; the file is damaged, copy or record it again")
    return FootageError(f"{path}: no frame can be decoded; the file is damaged, copy or record it again")


def _check_size(stream: VideoStream, path: Path) -> None:
    context = stream.codec_context
    width, height = (context.width, context.height) if context is not None else (0, 0)
    if width * height > MAX_FRAME_PIXELS:
        raise FootageError(
            f"{path}: its frames of {width}x{height} px are more than the {MAX_FRAME_PIXELS / 1e6:.3g} million that "
            "are read of a video; make it smaller, or a folder of images"
        )


def _explain(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        return f"cannot be read ({error.strerror}); choose a file"
    if head[4:8] == b"ftyp":
        return "the video is cut off before its index, so no frame can be read; copy or record it again"
    return "not a video, GIF or image that can be opened; check the file"
