"""Pictures of which only a part is looked at: a decoded frame is turned into RGB where somebody asks for it."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
DeepImage = NDArray[np.uint16]
"""RGB of more than 8 bits, spread over the full range: 0 is black and 65535 white, whatever the file held."""

Picture = NDArray[np.uint8 | np.uint16]


def as_picture(array: NDArray[Any]) -> Picture:
    """Returns what OpenCV hands back as the picture that it is; it does not say so itself."""
    assert array.dtype in (np.uint8, np.uint16)
    return array


def to_8_bits(picture: Picture) -> Image:
    """Returns a picture in 8 bits, 65535 becoming 255; the same array where it has no more."""
    if picture.dtype == np.uint8:
        return np.asarray(picture, dtype=np.uint8)
    return np.asarray(cv2.convertScaleAbs(np.ascontiguousarray(picture), alpha=1 / 257), dtype=np.uint8)


def to_16_bits(picture: Picture) -> DeepImage:
    """Returns a picture in 16 bits, 255 becoming 65535; the same array where it has them."""
    return np.asarray(picture, np.uint16) if picture.dtype == np.uint16 else picture.astype(np.uint16) * np.uint16(257)


def scaled(picture: Picture, scale: float) -> Picture:
    """Returns a picture in another size; the same array where the size stays.

    Even sides stay even, so that chroma can still be stored at half the resolution.

    Args:
        picture: Shape (H, W, 3).
        scale: New sides over the old ones, above 0.
    """
    if scale == 1:
        return picture
    height, width = (
        max(2, 2 * round(side * scale / 2)) if side % 2 == 0 else max(1, round(side * scale))
        for side in picture.shape[:2]
    )
    kernel = cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4
    return as_picture(cv2.resize(picture, (width, height), interpolation=kernel))


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


def shallow(deep: DeepImage) -> Deferred:
    """Returns the 8-bit view of a deep picture, of which only those parts are made that somebody looks at."""
    height, width = deep.shape[:2]
    return Deferred(
        (height, width, 3),
        part=lambda rows, columns: to_8_bits(deep[rows, columns]),
        sample=lambda step: to_8_bits(deep[::step, ::step]),
    )


def sampled(pixels: Pixels, step: int) -> Image:
    """Every ``step``-th pixel of every ``step``-th row of a picture, with colours that are good enough to count."""
    return pixels.sampled(step) if isinstance(pixels, Deferred) else pixels[::step, ::step]


def _holds(outer: slice, inner: slice) -> bool:
    return outer.start <= inner.start and inner.stop <= outer.stop
