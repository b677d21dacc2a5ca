"""Which faces of successive frames are one and the same: chains of overlapping boxes that no cut interrupts."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.face import Face, FloatArray

MIN_OVERLAP = 0.3
"""Intersection over union of two boxes from which on the later one carries on the earlier one's stretch."""

CUT = 0.35
"""Share of the picture, 0 to 1, that changes its colour bin from one frame to the next at a cut."""

_BINS, _SIDE = 8, 64


class Stretches:
    """Numbers the stretches of the frames it is shown, from 0; a new object begins anew.

    A stretch ends where its face is missed in a frame, where the picture is cut, and with the object: what is said of
    a stretch never reaches further than what was looked at together.
    """

    def __init__(self) -> None:
        self._num = 0
        self._last: list[tuple[int, FloatArray]] = []
        self._histogram: FloatArray | None = None

    def assign(self, image: NDArray[np.uint8], faces: Sequence[Face]) -> list[int]:
        """Stretch of each face of the next frame.

        Args:
            image: Frame, RGB, shape (H, W, 3).
            faces: Its faces, in pixels of the frame.
        """
        histogram = colour_histogram(image)
        if self._histogram is not None and np.abs(histogram - self._histogram).sum() / 2 > CUT:
            self._last = []
        self._histogram = histogram
        numbers = self._carried(faces)
        for place, number in enumerate(numbers):
            if number < 0:
                numbers[place], self._num = self._num, self._num + 1
        self._last = [(number, face.box_4) for number, face in zip(numbers, faces, strict=True)]
        return numbers

    def _carried(self, faces: Sequence[Face]) -> list[int]:
        pairs = [
            (overlap(face.box_4, box), place, number) for place, face in enumerate(faces) for number, box in self._last
        ]
        numbers = [-1] * len(faces)
        for iou, place, number in sorted(pairs, key=lambda pair: -pair[0]):
            if iou >= MIN_OVERLAP and numbers[place] < 0 and number not in numbers:
                numbers[place] = number
        return numbers


def overlap(box_4: FloatArray, other_4: FloatArray) -> float:
    """Intersection over union of two boxes x0 y0 x1 y1, 0 to 1."""
    size = np.minimum(box_4[2:], other_4[2:]) - np.maximum(box_4[:2], other_4[:2])
    both = float(np.prod(np.maximum(size, 0.0)))
    areas = float(np.prod(box_4[2:] - box_4[:2]) + np.prod(other_4[2:] - other_4[:2]))
    return both / (areas - both) if areas > both else 0.0


def colour_histogram(image: NDArray[np.uint8]) -> FloatArray:
    """Shares of the 8 x 8 x 8 colours of a frame shrunk to 64 px, shape (512,), sum 1."""
    small = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.int64) * _BINS // 256
    codes = (small[..., 0] * _BINS + small[..., 1]) * _BINS + small[..., 2]
    return np.bincount(codes.ravel(), minlength=_BINS**3) / codes.size
