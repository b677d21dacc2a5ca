"""One picture of the footage, with its place in time."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from faceswap_lab.media.pixels import Image, Pixels

__all__ = ["Frame", "Image"]


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded picture; ``pts * time_base`` is its exact time, ``pts_s`` the same as a float.

    Attributes:
        pixels: The picture, upright: the display rotation of the footage is applied. An array, or where only parts are
            looked at, something that makes them when they are asked for.
        index: Place in the footage, counted from 0 in order of display.
        pts_s: Time at which it is shown, seconds; the first frame of a clip need not be at 0.
        pts: The same in ticks of ``time_base``.
        time_base: Length of a tick, seconds.
        duration: How long it is shown, ticks, or None where the footage does not say.
    """

    pixels: Pixels
    index: int
    pts_s: float
    pts: int | None = None
    time_base: Fraction | None = None
    duration: int | None = None

    @property
    def image(self) -> Image:
        """The whole picture, RGB uint8, shape (H, W, 3), upright."""
        return np.asarray(self.pixels, dtype=np.uint8)
