"""Between the integers that a frame holds, 8 or 16 bits of full range, and the floats that pictures are reckoned in."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.media.frame import Picture

Pixels = Picture
"""RGB, full range of its type."""


def in_rgb(map_HW: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same value in three channels: numpy multiplies pictures by that in a third of the time of (H, W, 1)."""
    return np.asarray(cv2.merge([map_HW, map_HW, map_HW]), np.float32)


def copy_where(target: Pixels, source: Pixels, where_HW: NDArray[np.bool_]) -> None:
    """Copies the pixels of a picture that are marked into another one of its type and size, in place."""
    cv2.copyTo(np.asarray(source), where_HW.view(np.uint8), np.asarray(target))


def to_unit(pixels: Pixels) -> NDArray[np.float32]:
    """The same in [0, 1]."""
    return np.multiply(pixels, np.float32(1 / np.iinfo(pixels.dtype).max), dtype=np.float32)


def from_unit(values: NDArray[np.float32], dtype: np.dtype[Any]) -> Pixels:
    """Values in [0, 1] as whole numbers of that type, to the nearest; what lies beyond is cut off."""
    most = np.iinfo(dtype).max
    scaled = values * np.float32(most)
    np.rint(scaled, out=scaled)
    return np.clip(scaled, 0, most, out=scaled).astype(dtype)
