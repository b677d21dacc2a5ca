"""One video with the footage and its swaps next to one another: a row a clip, footage on the left."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.progress import track
from faceswap_lab.evaluation.caption import caption_bar
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.frame import Frame
from faceswap_lab.media.writer import open_writer

Image = NDArray[np.uint8]

TILE_HEIGHT_PX = 480


@dataclass(slots=True)
class Row:
    """One footage clip and the clips made from it.

    Attributes:
        footage: The clip.
        ranges: Its frames that were converted; None: all.
        caption: What the left picture shows.
        swaps: Caption and converted clip of each further picture.
        num_frames: Frames of the row.
    """

    footage: Path
    ranges: FrameRange | None
    caption: str
    swaps: list[tuple[str, Path]] = field(default_factory=list)
    num_frames: int = 0


def write_side_by_side(output: Path, rows: list[Row]) -> None:
    """Writes the rows below one another; the longest row gives times and sound, the others hold their last picture.

    Args:
        output: Video to write.
        rows: At least one.

    Raises:
        FootageError: A clip cannot be read.
        OutputError: The output cannot be written.
    """
    lead = max(range(len(rows)), key=lambda place: rows[place].num_frames)
    num_frames = rows[lead].num_frames
    streams = [_row_images(row) for row in rows]
    latest: list[Image] = []
    footage = open_footage(rows[lead].footage)
    with open_writer(output, like=footage, ranges=rows[lead].ranges, crf=20, preset="veryfast") as writer:
        for number in track(range(num_frames), total=num_frames, description="side by side"):
            pictures = [next(stream, None) for stream in streams]
            latest = [picture[1] if picture is not None else latest[place] for place, picture in enumerate(pictures)]
            leading = pictures[lead]
            assert leading is not None, f"row {lead} has {num_frames} frames, but ended at {number}"
            writer.write(_stack(latest), leading[0])


def _row_images(row: Row) -> Iterator[tuple[Frame, Image]]:
    clips = [open_footage(path).frames() for _, path in row.swaps]
    for frame, *swaps in zip(open_footage(row.footage).frames(row.ranges), *clips, strict=False):
        tiles = [_tile(frame.image, row.caption)]
        tiles += [_tile(swap.image, caption) for swap, (caption, _) in zip(swaps, row.swaps, strict=True)]
        yield frame, np.concatenate(tiles, axis=1)


def _tile(image: Image, caption: str) -> Image:
    height, width = image.shape[:2]
    size = (TILE_HEIGHT_PX, max(2, round(width * TILE_HEIGHT_PX / height / 2) * 2))
    if (height, width) != size:
        tensor = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).unsqueeze(0)
        smaller = F.interpolate(tensor, size, mode="bilinear", antialias=True, align_corners=False)
        image = smaller[0].permute(1, 2, 0).numpy()
    return np.concatenate([caption_bar(caption, size[1]), image], axis=0)


def _stack(rows: list[Image]) -> Image:
    width = max(row.shape[1] for row in rows)
    return np.concatenate([_centred(row, width) for row in rows], axis=0)


def _centred(row: Image, width: int) -> Image:
    left = (width - row.shape[1]) // 2
    return np.pad(row, ((0, 0), (left, width - row.shape[1] - left), (0, 0)))
