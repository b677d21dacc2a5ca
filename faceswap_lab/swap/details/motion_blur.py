"""The blur of a face that moves while the shutter is open."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.details.detail import DetailInput

_LEAST_PX, _MOST_PX = 1.0, 64.0


class MotionBlur:
    """Averages the face along its way since the frame before, for as long as the shutter was open.

    Args:
        shutter: Share of the time between two frames that it is open, 0 to 1; film's 180 degrees are 0.5.

    Raises:
        ConfigError: The share is out of range.
    """

    def __init__(self, *, shutter: float = 0.5) -> None:
        if not 0 <= shutter <= 1:
            raise ConfigError(f"detail.motion_blur.shutter={shutter} must lie from 0 to 1")
        self.shutter = shutter

    def apply(self, face_HW3: NDArray[np.float32], given: DetailInput) -> NDArray[np.float32]:
        """See `Detail.apply`; the first face of a track stays as it is."""
        if given.before_682 is None:
            return face_HW3
        way_2 = self.shutter * (given.landmarks_682 - given.before_682).mean(axis=0)
        length = float(np.linalg.norm(way_2))
        if length < _LEAST_PX:
            return face_HW3
        return np.asarray(
            cv2.filter2D(
                face_HW3, -1, line_kernel(way_2 * min(1.0, _MOST_PX / length)), borderType=cv2.BORDER_REPLICATE
            ),
            np.float32,
        )


def line_kernel(way_2: NDArray[np.float64]) -> NDArray[np.float32]:
    """A line of that length and direction about the middle, summing to 1; parts of a pixel count as such."""
    reach = int(np.ceil(np.abs(way_2).max() / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float64)
    steps = 4 * reach + 1
    for share in (np.arange(steps) + 0.5) / steps - 0.5:
        x, y = reach + share * way_2
        left, top = int(np.floor(x)), int(np.floor(y))
        for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
            kernel[top + dy, left + dx] += (1 - abs(x - left - dx)) * (1 - abs(y - top - dy))
    return (kernel / kernel.sum()).astype(np.float32)
