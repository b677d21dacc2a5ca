"""A picture of many pictures: for each frame a block, in it a row a colour match and a column a blend, all named."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]

CELL_PX = 144
_GAP_PX, _LINE_PX, _NAMES_PX, _HEAD_PX, _FONT_PX = 2, 20, 84, 34, 13
_PAPER, _INK, _CHOSEN = (250, 250, 250), (20, 20, 20), (230, 120, 0)


class ContactSheet:
    """Lays out blocks from the left to the right and from the top to the bottom.

    Args:
        rows: Names of the rows of every block.
        columns: Names of its columns.
        chosen: Row and column that are marked.
        num_blocks: How many blocks there will be.
        title: What the sheet says of itself.
    """

    def __init__(
        self, rows: Sequence[str], columns: Sequence[str], *, chosen: tuple[str, str], num_blocks: int, title: str
    ) -> None:
        self._rows, self._columns, self._chosen = list(rows), list(columns), chosen
        width = _NAMES_PX + max(2, len(columns)) * (CELL_PX + _GAP_PX) + 3 * _GAP_PX
        height = 2 * _LINE_PX + (1 + len(rows)) * (CELL_PX + _GAP_PX) + 3 * _GAP_PX
        # About as wide as high, so that it can be looked at whole.
        num_rows = max(1, round(math.sqrt(num_blocks * width / height)))
        self._a_row = math.ceil(num_blocks / num_rows)
        self._size = width, height
        size = width * self._a_row, _HEAD_PX + height * math.ceil(num_blocks / self._a_row)
        self._sheet = Image.new("RGB", size, _PAPER)
        self._pen, self._num_drawn = ImageDraw.Draw(self._sheet), 0
        self._write(title, _GAP_PX, _HEAD_PX // 4, size=16)

    @property
    def image(self) -> Picture:
        """The sheet, RGB, shape (H, W, 3)."""
        return np.array(self._sheet)

    def add(self, name: str, shown: Sequence[tuple[str, Picture]], cell: Callable[[str, str], Picture]) -> None:
        """Draws the next block.

        Args:
            name: Its title.
            shown: Pictures that come before the settings, with their names, RGB of `CELL_PX` a side.
            cell: The picture of a row and a column, RGB of the same side.
        """
        across, down = self._num_drawn % self._a_row, self._num_drawn // self._a_row
        left, top = across * self._size[0] + _GAP_PX, _HEAD_PX + down * self._size[1]
        self._num_drawn += 1
        self._write(name, left, top + 2)
        step = CELL_PX + _GAP_PX
        for number, (title, picture) in enumerate(shown):
            self._write(title, left + _NAMES_PX + number * step, top + 2)
            self._sheet.paste(Image.fromarray(picture), (left + _NAMES_PX + number * step, top + _LINE_PX))
        top += _LINE_PX + step
        for number, column in enumerate(self._columns):
            self._write(column, left + _NAMES_PX + number * step, top + 2)
        top += _LINE_PX
        for down, row in enumerate(self._rows):
            self._write(row, left, top + down * step + CELL_PX // 2 - _FONT_PX)
            for across, column in enumerate(self._columns):
                place = left + _NAMES_PX + across * step, top + down * step
                self._sheet.paste(Image.fromarray(cell(row, column)), place)
                if (row, column) == self._chosen:
                    corner = place[0] + CELL_PX - 1, place[1] + CELL_PX - 1
                    self._pen.rectangle((*place, *corner), outline=_CHOSEN, width=3)

    def _write(self, text: str, left: int, top: int, *, size: int = _FONT_PX) -> None:
        self._pen.text((left, top), text, fill=_INK, font=ImageFont.load_default(size))
