"""Footage of any kind, read the same way: a video, a GIF, a folder of images, a single image."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.container import size_of_footage
from faceswap_lab.media.frame import Frame
from faceswap_lab.media.image_footage import ImageFootage
from faceswap_lab.media.images import IMAGE_SUFFIXES
from faceswap_lab.media.info import FootageInfo
from faceswap_lab.media.video_footage import VideoFootage


class Footage(Protocol):
    """Pictures in order of display; holds no file open except while ``frames`` is being read."""

    @property
    def path(self) -> Path:
        """The file or folder."""
        ...

    @property
    def info(self) -> FootageInfo:
        """What is known without reading the frames."""
        ...

    @property
    def problems(self) -> list[str]:
        """One line for each thing that was wrong with the footage so far; each was logged as a warning once."""
        ...

    def frames(
        self, ranges: FrameRange | None = None, every: int = 1, *, deferred: bool = False, deep: bool = False
    ) -> Iterator[Frame]:
        """Yields frames one after the other; memory does not grow with the length of the footage.

        Args:
            ranges: Frames that are wanted; None: all.
            every: Of these, the first and every n-th after it.
            deferred: Whether pictures may be converted where they are looked at instead of whole and in advance.
            deep: Whether footage of more than 8 bits gives frames with ``Frame.deep``.

        Raises:
            ConfigError: ``every`` is below 1.
            FootageError: No frame can be read, or the range holds none.
        """
        ...


def open_footage(path: str | os.PathLike[str]) -> Footage:
    """Looks at a file or folder and returns it as footage; what it holds decides, and for images the suffix.

    Raises:
        FootageError: The path is missing, empty, no picture or video, or holds sound only.
    """
    path = Path(path)
    if os.path.isdir(path):  # not Path's own, which raises for names that are too long
        images = (file for file in path.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES and file.name[0] != ".")
        return ImageFootage(path, files=list(images))
    size_of_footage(path)
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return ImageFootage(path, files=[path])
    return VideoFootage(path)


def probe(path: str | os.PathLike[str]) -> FootageInfo:
    """Returns what is known about footage without reading its frames. Raises as ``open_footage``."""
    return open_footage(path).info
