"""A clip from pictures that were made one after another."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from faceswap_lab.media.images import read_image
from faceswap_lab.media.synth_writer import write_clip


def write_timelapse(path: str | os.PathLike[str], pictures: Sequence[Path], *, fps: int = 10) -> None:
    """Shows each picture for one frame.

    Args:
        path: File to write, such as ``timelapse.mp4``; whole or absent.
        pictures: In order, all as large as the first; an odd side is made even by repeating its last pixels, which the
            format asks for.
        fps: Pictures per second.

    Raises:
        FootageError: A picture cannot be read.
        OutputError: The file cannot be written.
    """
    images = (read_image(picture) for picture in pictures)
    even = (np.pad(image, ((0, len(image) % 2), (0, image.shape[1] % 2), (0, 0)), mode="edge") for image in images)
    write_clip(path, even, fps=fps)
