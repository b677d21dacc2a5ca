"""A video file that appears under its name only when it is whole."""

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from av.error import FFmpegError

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.files import atomic_path, explain_os_error
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.container import MAX_FRAME_PIXELS
from faceswap_lab.media.encoding import Encoding
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.frame import Frame, Picture
from faceswap_lab.media.muxer import Muxer

VIDEO_SUFFIXES = (".mp4", ".mkv", ".mov", ".m4v", ".webm")
"""Containers of videos that can be written, whole or in segments."""


class VideoWriter:
    """Encodes frames with the times, the colours and the sound of the footage that they come from.

    Args:
        path: Where to; the suffix chooses the container. MP4 and MOV keep times exactly, Matroska and WebM to the
            millisecond, GIF to a hundredth of a second.
        like: The footage.
        encoding: Settings of the encoder.
        ranges: The frames that will be written. The output then begins at 0 with the sound of the same span; None keeps
            the times of the footage and all of its sound.
        tags: Metadata of the container.
        segment: Number of a segment: pictures alone, from 0 on and by an encoder of their own, for `joining.join`. Of
            several only the first one warns of what is unusual.
    """

    def __init__(
        self,
        path: Path,
        *,
        like: Footage,
        encoding: Encoding,
        ranges: FrameRange | None = None,
        tags: dict[str, str] | None = None,
        segment: int | None = None,
    ) -> None:
        if segment is not None:
            ranges = ranges or FrameRange(((0, None),))  # what is cut begins at 0
        self._segment = segment
        self._path, self._like, self._encoding = path, like, encoding
        self._ranges, self._tags = ranges, tags or {}
        self._stage: AbstractContextManager[Path] = atomic_path(path)
        self._temporary = path
        self._muxer: Muxer | None = None

    def __enter__(self) -> Self:
        self._temporary = self._stage.__enter__()
        return self

    def write(self, image: Picture, frame: Frame) -> None:
        """Writes a picture as ``Writer.write`` says."""
        try:
            if self._muxer is None:
                self._muxer = self._open(image, frame)
            self._muxer.write(image, frame)
        except FFmpegError as error:
            raise explain_ffmpeg_error(error, self._path) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        muxer, self._muxer = self._muxer, None
        if error is not None:
            if muxer is not None:
                muxer.abandon()
            self._discard()
            return
        try:
            if muxer is None:
                raise OutputError(f"{self._path}: no frame was written, so there is nothing to save")
            muxer.finish()
        except BaseException as failure:
            if muxer is not None:
                muxer.abandon()
            self._discard()
            if isinstance(failure, FFmpegError):
                raise explain_ffmpeg_error(failure, self._path) from failure
            raise
        self._stage.__exit__(None, None, None)

    def _open(self, image: Picture, frame: Frame) -> Muxer:
        info = self._like.info
        if info.width * info.height > MAX_FRAME_PIXELS:  # as that of images may be
            raise OutputError(
                f"{self._path}: frames of {info.width}x{info.height} px are more than the {MAX_FRAME_PIXELS / 1e6:.3g} "
                "million that are read of a video; write a folder of images"
            )
        return Muxer(
            self._temporary,
            name=self._path,
            like=self._like,
            encoding=self._encoding,
            keeps=self._encoding.keeps,
            ranges=self._ranges,
            tags=self._tags,
            size=(image.shape[1], image.shape[0]),
            is_deep=image.dtype != np.uint8,
            first=frame,
            segment=self._segment,
        )

    def _discard(self) -> None:
        # Not the caller's exception: the stage would take an OSError of anything for one of this file.
        try:
            self._stage.__exit__(_DiscardError, _DiscardError(), None)
        except _DiscardError:
            return


class _DiscardError(Exception):
    """Tells the stage to remove the temporary file."""


def explain_ffmpeg_error(error: FFmpegError, path: Path) -> OutputError:
    """Returns the error to raise where a video cannot be written: one line with the path and what to do."""
    if isinstance(error, OSError):
        return explain_os_error(OSError(error.errno, error.strerror), path)
    return OutputError(f"{path}: cannot be encoded ({error.strerror}); choose another writer or an .mkv output")
