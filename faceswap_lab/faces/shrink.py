"""Shrinks a frame before a detector sees it: cost grows with the area, faces are found at any size."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.face import FloatArray

_SMALLEST_SIDE = 64


def shrink_to_short_side(image: NDArray[np.uint8], short_side: int) -> tuple[NDArray[np.uint8], FloatArray]:
    """The frame with a short side of at most so many pixels, and the scale in x and y, shape (2,), at most 1.

    An *edge* coordinate (pixel i reaches from i to i + 1) of the frame times the scale is one of the shrunk frame.
    """
    height, width = image.shape[:2]
    ratio = short_side / min(height, width)
    if ratio >= 1:
        return image, np.ones(2)
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), np.array(size) / (width, height)


def check_shrinking(short_side: int, num_upsample: int = 0) -> None:
    """Passes for sizes that a detector can work at.

    Args:
        short_side: Of the shrunk frame, px.
        num_upsample: Doublings of the shrunk frame.

    Raises:
        ConfigError: The side is below 64 px, or the doublings are not 0 to 3.
    """
    if short_side < _SMALLEST_SIDE:
        raise ConfigError(
            f"detector.short_side={short_side} px is too small to find faces in; use {_SMALLEST_SIDE} or more"
        )
    if not 0 <= num_upsample <= 3:
        raise ConfigError(f"detector.num_upsample={num_upsample} is out of range; use 0 to 3")
