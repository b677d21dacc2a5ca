"""Tiles with captions in rows, as one small JPEG, for `good_and_bad.py`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from faceswap_lab.core.files import atomic_write_bytes
from faceswap_lab.media.images import encode_image
from faceswap_lab.provenance.label import CornerLabel

CAPTION_PX = 24
MOST_BYTES = 80 * 1024
Pixels = NDArray[np.uint8]


class Tile(NamedTuple):
    """A picture and what stands above it.

    Attributes:
        image: RGB uint8, square.
        caption: One line.
        made: Whether it shows a generated face, and so is labelled.
    """

    image: Pixels
    caption: str
    made: bool = False


def write_sheet(path: Path, rows: Sequence[Sequence[Tile]]) -> None:
    """Writes the tiles, and says what stands above them."""
    sheet = np.vstack([np.hstack([_drawn(tile) for tile in row]) for row in rows])
    tries = (encode_image(sheet, suffix=".jpg", quality=quality) for quality in (85, 80, 75, 70, 60))
    content = next(content for content in tries if len(content) <= MOST_BYTES)
    path.parent.mkdir(exist_ok=True)
    atomic_write_bytes(path, content)
    said = "; ".join(tile.caption for row in rows for tile in row if tile.caption)
    sys.stdout.write(f"wrote {path}, {len(content) // 1000} kB: {said}\n")


def _drawn(tile: Tile) -> Pixels:
    image = tile.image.copy()
    if tile.made:
        CornerLabel(height_ratio=0.04).draw(image, "bottom right")
    head = Image.new("RGB", (image.shape[1], CAPTION_PX), "white")
    ImageDraw.Draw(head).text((4, 3), tile.caption, fill="black", font=ImageFont.load_default(14))
    return np.vstack([np.asarray(head), image])
