"""Frames of footage as image files."""

import os
from pathlib import Path

from faceswap_lab.core.files import check_output
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.progress import track
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.image_writer import FolderWriter


def export_frames(
    footage_path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    ranges: FrameRange | None = None,
    every: int = 1,
    image_format: str = "png",
) -> int:
    """Writes frames as ``frame_000123.png``, numbered by their index, into a folder that appears when it is whole.

    Args:
        footage_path: Video, GIF, image or folder of images.
        output: Folder; it must not exist yet, or be empty.
        ranges: Frames that are wanted; None: all.
        every: Of these, the first and every n-th after it.
        image_format: ``png`` (exact), ``jpg`` (small) or another suffix of ``media.images``.

    Returns:
        How many images were written.

    Raises:
        ConfigError: ``every`` is below 1.
        FootageError: The footage cannot be read, or the range holds none of its frames.
        OutputError: The folder holds files or cannot be written, the format is unknown, or the disk is full.
    """
    footage = open_footage(footage_path)
    check_output(output, [footage.path])
    total = footage.info.num_frames if ranges is None and footage.info.num_frames is not None else None
    num_written = 0
    with FolderWriter(Path(output), suffix=f".{image_format}") as writer:
        frames = footage.frames(ranges, every)
        for frame in track(frames, total=total and -(-total // every), description="frames"):
            writer.write(frame.image, frame)
            num_written += 1
    return num_written
