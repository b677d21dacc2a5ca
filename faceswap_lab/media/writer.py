"""Writing as most callers need it: the two Protocols, and H.264 or images by the suffix of the output."""

import os

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.writers.writer import ChosenWriter, Writer, WriterFactory
from faceswap_lab.media.writers.x264 import X264

__all__ = ["ChosenWriter", "Writer", "WriterFactory", "open_writer"]


def open_writer(
    path: str | os.PathLike[str],
    *,
    like: Footage,
    crf: float = 16,
    preset: str = "medium",
    ranges: FrameRange | None = None,
    tags: dict[str, str] | None = None,
    segment: int | None = None,
) -> Writer:
    """Returns a writer of the kind that the suffix of the output asks for; nothing is created yet.

    Args:
        path: ``.mp4``, ``.mkv``, ``.mov`` or ``.m4v``; an image suffix for a single frame; no suffix for a folder.
        like: As `WriterFactory`.
        crf: As `X264`.
        preset: The same.
        ranges: As `WriterFactory`.
        tags: The same.
        segment: The same.

    Raises:
        ConfigError: A setting of the encoder is out of its range.
        OutputError: As `WriterFactory`.
    """
    return X264(crf=crf, preset=preset)(path, like=like, ranges=ranges, tags=tags, segment=segment)
