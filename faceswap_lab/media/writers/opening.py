"""From the suffix of an output to a writer, the same for every encoder."""

import os
from pathlib import Path

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.files import check_output
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.encoding import Encoding
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.image_footage import ImageFootage
from faceswap_lab.media.image_writer import FolderWriter, ImageWriter
from faceswap_lab.media.images import IMAGE_SUFFIXES
from faceswap_lab.media.video_writer import VideoWriter
from faceswap_lab.media.writers.writer import Writer

# For a message only: what to choose for a container that the chosen encoder cannot write.
_OTHERS = {
    ".mp4": "x264, x265, vp9 or av1",
    ".mkv": "x264, x265, vp9, av1, prores or ffv1",
    ".mov": "x264, x265 or prores",
    ".m4v": "x264",
    ".webm": "vp9 or writer=av1",
    ".gif": "gif",
}


def open_video(
    path: str | os.PathLike[str],
    encoding: Encoding,
    *,
    like: Footage,
    ranges: FrameRange | None,
    tags: dict[str, str] | None,
    segment: int | None,
) -> Writer:
    """Returns a writer of a video or, where the suffix asks for it, of images, as `WriterFactory` says.

    Args:
        path: A container of the encoding, an image suffix for a single frame, or no suffix for a folder.
        encoding: How a video is encoded.
        like: As `WriterFactory`.
        ranges: The same.
        tags: The same.
        segment: The same.

    Raises:
        OutputError: As `WriterFactory`.
    """
    path = Path(path)
    check_output(path, [like.path])
    suffix = path.suffix.lower()
    if suffix in encoding.suffixes and not path.is_dir():
        return VideoWriter(path, like=like, encoding=encoding, ranges=ranges, tags=tags, segment=segment)
    if suffix and suffix not in IMAGE_SUFFIXES and not path.is_dir():
        raise OutputError(
            f"{path}: writer={encoding.name} cannot write {path.suffix}; "
            + (f"choose writer={_OTHERS[suffix]} for it, or " if suffix in _OTHERS else "choose ")
            + f"{', '.join(encoding.suffixes)}, for one frame {', '.join(IMAGE_SUFFIXES)}, or a name without a dot for "
            "a folder of images"
        )
    if suffix in IMAGE_SUFFIXES and not path.is_dir():
        return ImageWriter(path)
    return FolderWriter(path, names=names_of(like))


def names_of(like: Footage) -> dict[int, str]:
    """Returns the file name of each frame of a folder of images; nothing for other footage."""
    return {index: file.name for index, file in enumerate(like.files)} if isinstance(like, ImageFootage) else {}
