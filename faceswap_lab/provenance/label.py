"""The visible label in a corner of the picture, and which corner that is."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.media.frame import Picture

TEXT = "AI-generated face swap"
_SMALLEST_PX = 9  # below this the strokes of the letters run into one another
_BACKGROUND = 0.6  # opacity of the dark plate under the letters
CORNERS = ("bottom right", "bottom left", "top right", "top left")
Box = tuple[float, float, float, float]


class _Plate(NamedTuple):
    """The label drawn once: letters and plate as alpha, and the grey under it."""

    colour: NDArray[np.float32]
    alpha: NDArray[np.float32]


class CornerLabel:
    """Writes a line of text on a dark plate into a corner.

    Args:
        text: What it says.
        height_ratio: Height of the letters as a share of the picture's mean side, the root of its area.

    Raises:
        ConfigError: No text, or a height outside of 0.01 to 0.2.
    """

    def __init__(self, *, text: str = TEXT, height_ratio: float = 0.024) -> None:
        if not text.strip():
            raise ConfigError("provenance.label.text is empty; give a text, or use provenance=unlabelled")
        if not 0.01 <= height_ratio <= 0.2:
            raise ConfigError(f"provenance.label.height_ratio is {height_ratio}; give 0.01 to 0.2")
        self.text, self.height_ratio = " ".join(text.split()), height_ratio

    def box(self, frame_size: tuple[int, int], corner: str) -> tuple[int, int, int, int]:
        """Where the label lies in a corner: frame px, xyxy, right and bottom exclusive.

        Args:
            frame_size: Height and width of the picture, px.
            corner: One of ``CORNERS``.
        """
        height, width = frame_size
        plate_height, plate_width = self._plate(frame_size).alpha.shape
        margin = max(1, min(height, width) // 80)
        vertical, horizontal = corner.split()
        left = max(0, width - margin - plate_width) if horizontal == "right" else min(margin, width - plate_width)
        top = max(0, height - margin - plate_height) if vertical == "bottom" else min(margin, height - plate_height)
        return left, top, left + plate_width, top + plate_height

    def choose_corner(self, frame_size: tuple[int, int], faces: Iterable[Box], current: str | None = None) -> str:
        """The corner where the label hides least of the faces; the current one wherever it hides nothing.

        Args:
            frame_size: Height and width of the picture, px.
            faces: Boxes to keep clear of, frame px, xyxy.
            current: The corner where the label is now.
        """
        boxes = list(faces)
        order = list(CORNERS) if current is None else [current, *(corner for corner in CORNERS if corner != current)]
        hidden = {corner: sum(_overlap(self.box(frame_size, corner), box) for box in boxes) for corner in order}
        return min(order, key=hidden.__getitem__)

    def draw(self, image: Picture, corner: str) -> None:
        """Writes the label into the picture, in place.

        Args:
            image: RGB uint8, or uint16 of full range, shape (H, W, 3).
            corner: One of ``CORNERS``.
        """
        plate = self._plate(image.shape[:2])
        left, top, right, bottom = self.box(image.shape[:2], corner)
        region = image[top:bottom, left:right]
        alpha = plate.alpha[..., None]
        white = np.float32(np.iinfo(image.dtype).max / 255)
        region[:] = np.rint(region * (1 - alpha) + white * plate.colour[..., None] * alpha).astype(image.dtype)

    def _plate(self, frame_size: tuple[int, int]) -> _Plate:
        return _draw_plate(self.text, self.height_ratio, *frame_size)


@lru_cache(maxsize=8)
def _draw_plate(text: str, height_ratio: float, height: int, width: int) -> _Plate:
    """The largest plate, up to the wanted size, that fits into the picture, on one line or on two."""
    wanted_px = max(_SMALLEST_PX, round(height_ratio * float(np.sqrt(height * width))))
    for size_px in range(wanted_px, 4, -1):
        for lines in (text, _in_two_lines(text)):
            plate = _render(lines, size_px)
            if plate.alpha.shape[1] <= 0.96 * width and plate.alpha.shape[0] <= 0.5 * height:
                return plate
    cropped = _render(_in_two_lines(text), 5)  # a picture of a few dozen pixels: as much as there is room for
    return _Plate(cropped.colour[:height, :width], cropped.alpha[:height, :width])


def _render(text: str, size_px: int) -> _Plate:
    font = ImageFont.load_default(size_px)
    padding = max(2, round(size_px * 0.35))
    left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox((0, 0), text, font=font)
    canvas = Image.new("L", (round(right - left) + 2 * padding, round(bottom - top) + 2 * padding), 0)
    ImageDraw.Draw(canvas).multiline_text((padding - left, padding - top), text, fill=255, font=font)
    letters = np.asarray(canvas, np.float32) / np.float32(255)
    alpha = letters + (1 - letters) * np.float32(_BACKGROUND)  # the plate shines through, the letters do not
    return _Plate(np.asarray(255 * letters / alpha, np.float32), np.asarray(alpha, np.float32))


def _in_two_lines(text: str) -> str:
    """The text broken at the space nearest to its middle."""
    spaces = [index for index, letter in enumerate(text) if letter == " "]
    if not spaces:
        return text
    middle = min(spaces, key=lambda index: abs(index - len(text) / 2))
    return f"{text[:middle]}\n{text[middle + 1 :]}"


def _overlap(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)
