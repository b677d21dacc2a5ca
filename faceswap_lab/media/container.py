"""Opening a video file: every way in which it can fail becomes one line that says what the file is."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from faceswap_lab.core.errors import FootageError
from faceswap_lab.core.foreign_files import require_file

# Containers only. FFmpeg also "opens" plain text as a terminal's picture, and playlists that name other files or hosts.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,apng,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,nut,dv,ivf,obu,h264,hevc,"
    "mjpeg,yuv4mpegpipe,rm,wtv,wav,w64,mp3,aac,ac3,flac,aiff,caf"
)


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
        return av.open(url_of(path), options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"})
    except PermissionError as error:
        raise FootageError(f"{path}: permission denied; make the file readable") from error
    except (FFmpegError, UnicodeError) as error:
        raise FootageError(f"{path}: {_explain(path)}") from error


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
        FootageError: There is none, or no decoder for it; a cover picture in a sound file does not count.
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
    stream.thread_type = "AUTO"
    return stream


def _explain(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        return f"cannot be read ({error.strerror}); choose a file"
    if head[4:8] == b"ftyp":
        return "the video is cut off before its index, so no frame can be read; copy or record it again"
    return "not a video, GIF or image that can be opened; check the file"
