"""One picture of the footage, with its place in time.

Where faces are looked for, a picture is RGB uint8. What is written back may be deeper: footage of more than 8 bits,
read with ``frames(deep=True)``, also gives RGB uint16 of full range, in which 257 is one step of 8 bits.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from faceswap_lab.media.pixels import DeepImage, Image, Picture, Pixels

__all__ = ["DeepImage", "Frame", "FrameTime", "Image", "Picture"]


class FrameTime(Protocol):
    """A frame's place in time, see `Frame`."""

    @property
    def index(self) -> int: ...

    @property
    def pts(self) -> int | None: ...

    @property
    def time_base(self) -> Fraction | None: ...

    @property
    def duration(self) -> int | None: ...

    @property
    def is_added(self) -> bool: ...


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
        deep: The picture of footage of more than 8 bits where it was asked for, RGB uint16, 0 black and 65535 white,
            shape (H, W, 3); ``pixels`` is then its view in 8 bits.
        is_added: Whether it is none of the footage's but follows the last of them; it has no sound.
    """

    pixels: Pixels
    index: int
    pts_s: float
    pts: int | None = None
    time_base: Fraction | None = None
    duration: int | None = None
    deep: DeepImage | None = None
    is_added: bool = False

    @property
    def image(self) -> Image:
        """The whole picture, RGB uint8, shape (H, W, 3), upright; to find faces in."""
        return np.asarray(self.pixels, dtype=np.uint8)

    @property
    def full_depth(self) -> Picture:
        """The whole picture as deep as the reader was asked for: ``deep`` where there is one, else ``image``."""
        return self.image if self.deep is None else self.deep
