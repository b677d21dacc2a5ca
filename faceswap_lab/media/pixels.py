"""Pictures of which only a part is looked at: a decoded frame is turned into RGB where somebody asks for it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


class Deferred:
    """A picture whose parts are made on demand; the last part and, once asked for, the whole are kept.

    To be used by several threads at once: at worst they make the same part twice.

    Args:
        shape: Of the whole, (H, W, 3).
        part: Makes the part in these rows and columns, both with a start and a stop within the picture.
        sample: Makes every n-th pixel of every n-th row, quickly rather than exactly.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        *,
        part: Callable[[slice, slice], Image],
        sample: Callable[[int], Image],
    ) -> None:
        self.shape = shape
        self._make, self._sample = part, sample
        self._kept: tuple[slice, slice, Image] | None = None

    def __getitem__(self, place: tuple[slice, slice], /) -> Image:
        rows, columns = (slice(*one.indices(length)) for one, length in zip(place, self.shape[:2], strict=True))
        if rows.step != 1 or columns.step != 1:
            return self.__array__()[place]
        kept = self._kept
        if kept is None or not (_holds(kept[0], rows) and _holds(kept[1], columns)):
            self._kept = kept = (rows, columns, self._make(rows, columns))
        top, left = kept[0].start, kept[1].start
        return kept[2][rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Image:
        return self[:, :]

    def sampled(self, step: int) -> Image:
        """Every ``step``-th pixel of every ``step``-th row, from a corner, quickly rather than exactly."""
        return self._sample(step)


Pixels = Image | Deferred
"""A picture, RGB uint8, shape (H, W, 3), to be cut into by slices."""


def sampled(pixels: Pixels, step: int) -> Image:
    """Every ``step``-th pixel of every ``step``-th row of a picture, with colours that are good enough to count."""
    return pixels.sampled(step) if isinstance(pixels, Deferred) else pixels[::step, ::step]


def _holds(outer: slice, inner: slice) -> bool:
    return outer.start <= inner.start and inner.stop <= outer.stop
