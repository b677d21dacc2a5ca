"""A contact sheet: a person's faces at a glance, to see whether the sorting is right."""

from pathlib import Path

import cv2
import numpy as np

from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.mean_embedding import evenly_spaced
from faceswap_lab.media.images import write_image

COLUMNS, ROWS, TILE = 8, 6, 96
"""Faces side by side, faces below one another, side of each in pixels."""


def write_sheet(faceset: Faceset, path: Path) -> None:
    """Writes a PNG of up to 48 faces, evenly spread over the set and in its order.

    Raises:
        FacesetError: The set is damaged.
        OutputError: The file cannot be written.
    """
    rows = evenly_spaced(faceset.rows(), COLUMNS * ROWS)
    height = -(-len(rows) // COLUMNS)
    sheet = np.full((height * TILE, min(len(rows), COLUMNS) * TILE, 3), 255, np.uint8)
    for place, row in enumerate(rows):
        y, x = divmod(place, COLUMNS)
        tile = cv2.resize(faceset.crop(row), (TILE, TILE), interpolation=cv2.INTER_AREA)
        sheet[y * TILE : (y + 1) * TILE, x * TILE : (x + 1) * TILE] = tile
    write_image(path, sheet)
