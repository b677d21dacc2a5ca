"""One picture of the footage, with its place in time."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded picture; ``pts * time_base`` is its exact time, ``pts_s`` the same as a float.

    Attributes:
        image: RGB uint8, shape (H, W, 3), upright: the display rotation of the footage is applied.
        index: Place in the footage, counted from 0 in order of display.
        pts_s: Time at which it is shown, seconds; the first frame of a clip need not be at 0.
        pts: The same in ticks of ``time_base``.
        time_base: Length of a tick, seconds.
        duration: How long it is shown, ticks, or None where the footage does not say.
    """

    image: Image
    index: int
    pts_s: float
    pts: int | None = None
    time_base: Fraction | None = None
    duration: int | None = None
