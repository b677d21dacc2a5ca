"""The card at the end of a video: in words that anybody can read, what the video is, whose faces it shows, and when."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.media.frame import Picture
from faceswap_lab.provenance.label import TEXT

LONGEST_S = 60.0
_SMALLEST_PX = 13  # of the letters; smaller only where a picture has no room for them
_GREYS = (28, 235)  # ground and letters, off black and white so that the watermark has room on both sides
_FILLED = 0.88  # most of the width and of the height that is written on


class EndCard:
    """A still picture of some seconds after the last frame.

    Args:
        seconds: How long it is shown; 0 leaves it out.
        text: Its headline.

    Raises:
        ConfigError: The seconds are not 0 to ``LONGEST_S``, or there is no text.
    """

    def __init__(self, *, seconds: float = 0.0, text: str = TEXT) -> None:
        if not 0 <= seconds <= LONGEST_S:
            raise ConfigError(f"provenance.end_card.seconds is {seconds:g}; give 0 (no card) to {LONGEST_S:g}")
        if not text.strip():
            raise ConfigError("provenance.end_card.text is empty; give a text, or seconds=0 for no card")
        self.seconds, self.text = seconds, " ".join(text.split())

    def lines(self, identities: Sequence[str], day: datetime.date) -> tuple[str, ...]:
        """What it says, the headline first.

        Args:
            identities: Everybody whose face was put in.
            day: Of the conversion.
        """
        shown = "Faces in this video were drawn by a program, as those of: " + ", ".join(identities)
        return self.text, shown, f"Made with faceswap-lab on {day.isoformat()}"

    def draw(self, size: tuple[int, int], identities: Sequence[str], day: datetime.date, *, deep: bool) -> Picture:
        """The picture, which the caller may write on.

        Args:
            size: Height and width, px.
            identities: As ``lines``.
            day: As ``lines``.
            deep: Whether it is uint16 of full range instead of uint8.

        Returns:
            RGB, shape (H, W, 3).
        """
        grey = _draw(self.lines(identities, day), *size)
        image = np.repeat(grey[..., None], 3, axis=-1)
        return image.astype(np.uint16) * np.uint16(257) if deep else image


@lru_cache(maxsize=4)
def _draw(lines: tuple[str, ...], height: int, width: int) -> np.ndarray:
    """The lines in the middle, the headline larger, at the largest size up to the usual one that fits."""
    wanted_px = max(_SMALLEST_PX, round(0.038 * math.sqrt(height * width)))
    for size_px in range(wanted_px, 3, -1):
        canvas, used = _typeset(lines, size_px, height, width)
        if used <= _FILLED * height:
            break
    return np.asarray(canvas, np.uint8)  # of a few dozen pixels: as much as there is room for


def _typeset(lines: tuple[str, ...], size_px: int, height: int, width: int) -> tuple[Image.Image, int]:
    """The picture, and the height in px that is written on."""
    canvas = Image.new("L", (width, height), _GREYS[0])
    pen = ImageDraw.Draw(canvas)
    blocks = []
    for number, line in enumerate(lines):
        font = ImageFont.load_default(round(size_px * 1.5) if number == 0 else size_px)
        wrapped = _wrapped(line, font, _FILLED * width)
        left, top, right, bottom = pen.multiline_textbbox((0, 0), wrapped, font=font, align="center")
        if right - left > _FILLED * width and size_px > 4:
            return canvas, height + 1  # one word is too wide
        blocks.append((wrapped, font, (left, top, right, bottom)))
    gap = size_px
    used = round(sum(box[3] - box[1] for *_, box in blocks)) + gap * (len(blocks) - 1)
    y = (height - used) / 2
    for wrapped, font, (left, top, right, bottom) in blocks:
        place = ((width - (right - left)) / 2 - left, y - top)
        pen.multiline_text(place, wrapped, fill=_GREYS[1], font=font, align="center")
        y += bottom - top + gap
    return canvas, used


def _wrapped(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float) -> str:
    """The text broken at spaces, so that each line is as wide as fits."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)
