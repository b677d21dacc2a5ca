"""Output of any kind, written the same way: a video, a folder of images, a single image."""

import logging
import os
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.files import check_output
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.encoding import Encoding
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.frame import Frame, Image
from faceswap_lab.media.image_footage import ImageFootage
from faceswap_lab.media.image_writer import FolderWriter, ImageWriter
from faceswap_lab.media.images import IMAGE_SUFFIXES
from faceswap_lab.media.video_writer import VIDEO_SUFFIXES, VideoWriter

logger = logging.getLogger(__name__)


class Writer(Protocol):
    """Takes pictures in order; used in a ``with`` block, at whose end the output appears whole or not at all."""

    def __enter__(self) -> Self: ...

    def write(self, image: Image, frame: Frame) -> None:
        """Appends a picture.

        Args:
            image: RGB uint8, shape (H, W, 3).
            frame: The frame it was made from, which gives it its time and its name.

        Raises:
            OutputError: It cannot be written, the disk is full, or the encoder refuses.
            ShapeError: The size changes within a video.
        """
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class WriterFactory(Protocol):
    """``open_writer`` with its encoder already chosen, as ``conf/writer`` gives it."""

    def __call__(
        self,
        path: str | os.PathLike[str],
        *,
        like: Footage,
        ranges: FrameRange | None = None,
        tags: dict[str, str] | None = None,
        segment: int | None = None,
    ) -> Writer: ...


def open_writer(
    path: str | os.PathLike[str],
    *,
    like: Footage,
    codec: str = "libx264",
    crf: float = 18,
    preset: str = "medium",
    ranges: FrameRange | None = None,
    tags: dict[str, str] | None = None,
    segment: int | None = None,
) -> Writer:
    """Returns a writer of the kind that the suffix of the output asks for; nothing is created yet.

    Args:
        path: ``.mp4``, ``.mkv``, ``.mov`` or ``.m4v``; an image suffix for a single frame; no suffix for a folder.
        like: The footage that the pictures are made from: gives times, colours, sound and file names.
        codec: ``libx264`` or ``libx265``.
        crf: Constant rate factor, 0 (best) to 51 (smallest).
        preset: ``ultrafast`` to ``placebo``.
        ranges: The frames that will be written. A video then begins at 0 with the sound of the same span; None keeps
            the times of the footage and all of its sound.
        tags: Metadata of a video's container.
        segment: Number of a segment of a video: pictures alone, for `joining.join`.

    Raises:
        ConfigError: A setting of the encoder is out of its range.
        OutputError: The suffix is unknown, the output is the footage itself, or its folder is not writable.
    """
    path = Path(path)
    encoding = Encoding(codec=codec, crf=crf, preset=preset)
    check_output(path, [like.path])
    suffix = path.suffix.lower()
    if suffix in VIDEO_SUFFIXES:
        return VideoWriter(path, like=like, encoding=encoding, ranges=ranges, tags=tags, segment=segment)
    if suffix and suffix not in IMAGE_SUFFIXES and not path.is_dir():
        raise OutputError(
            f"{path}: cannot write {path.suffix}; choose {', '.join(VIDEO_SUFFIXES)}, for one frame "
            f"{', '.join(IMAGE_SUFFIXES)}, or a name without a dot for a folder of images"
        )
    if encoding != Encoding():
        logger.warning("%s: writer.codec, writer.crf and writer.preset have no effect on images", path)
    if suffix in IMAGE_SUFFIXES and not path.is_dir():
        return ImageWriter(path)
    return FolderWriter(path, names=_names(like))


def _names(like: Footage) -> dict[int, str]:
    return {index: file.name for index, file in enumerate(like.files)} if isinstance(like, ImageFootage) else {}
