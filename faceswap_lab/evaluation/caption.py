"""Text inside pictures, in matplotlib's own font, which knows more letters than OpenCV's."""

from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.ft2font import FT2Font
from numpy.typing import NDArray

BAR_PX = 32
_INK, _PAPER = np.array([236, 238, 240], np.float32), np.array([21, 24, 27], np.float32)


@lru_cache(maxsize=64)
def caption_bar(text: str, width: int) -> NDArray[np.uint8]:
    """A dark bar with a line of text, RGB uint8, shape (32, width, 3); what does not fit is cut off."""
    font = FT2Font(str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")))
    font.set_size(12, 96)  # 16 px
    font.set_text(text, 0.0)
    font.draw_glyphs_to_bitmap(antialiased=True)
    glyphs = np.asarray(font.get_image())[:BAR_PX, : max(width - 24, 0)]
    coverage = np.zeros((BAR_PX, width, 1), np.float32)
    top = (BAR_PX - glyphs.shape[0]) // 2
    coverage[top : top + glyphs.shape[0], 12 : 12 + glyphs.shape[1], 0] = glyphs / np.float32(255)
    return (coverage * _INK + (1 - coverage) * _PAPER).astype(np.uint8)
