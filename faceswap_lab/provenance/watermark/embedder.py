"""Embedding by quantisation index modulation: every coefficient moves to the nearest point that says its bit.

The points for a 0 lie ``STEP`` apart, and half way between them those for a 1. A coefficient moves by half a step at
most, so the mark is as strong in a dark frame as in a bright one, and what the footage shows is no noise to it.

Source:
    Chen and Wornell, IEEE Trans. Inf. Theory 47(4), 2001, doi:10.1109/18.923725.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.provenance.watermark.canvas import canvas_from, coefficients_of, luma_of, to_canvas
from faceswap_lab.provenance.watermark.code import encode
from faceswap_lab.provenance.watermark.layout import layout_of
from faceswap_lab.provenance.watermark.types import FloatArray, Picture

STEP = 24.0
"""Distance of two points that say the same, grey levels of an orthonormal coefficient."""
_HOLD = 0.1  # steps beyond the half way to the next point before a coefficient leaves the one it was at


class Embedder:
    """Marks the frames of one clip, in order.

    A coefficient that noise moves to and fro between two points stays at one of them, so that the mark does not
    flicker where the footage is still. Use a new one for every clip.

    Args:
        payload: 0 to 2**32 - 1.
        key: Secret bytes, which detection needs again.
    """

    def __init__(self, payload: int, key: bytes) -> None:
        layout = layout_of(key)
        self._offset = (layout.phase + np.pi * (layout.signs(encode(payload)) < 0)) / (2 * np.pi)
        self._points: FloatArray | None = None

    def embed(self, frame: Picture) -> None:
        """Marks a frame, in place.

        Args:
            frame: RGB uint8 or uint16, shape (H, W, 3), writeable.

        Raises:
            ShapeError: It is something else.
        """
        if frame.dtype not in (np.uint8, np.uint16) or frame.ndim != 3 or frame.shape[2] != 3 or 0 in frame.shape:
            raise ShapeError(f"need RGB uint8 or uint16 of shape (H, W, 3), got {frame.dtype} {frame.shape}")
        seen = coefficients_of(to_canvas(luma_of(frame)))
        points = self._points_for(seen)
        change = canvas_from(points - seen)
        marked = _add(frame, change)
        # What black and white cut off is asked for once more: the other half of the wave then carries it.
        missing = points - coefficients_of(to_canvas(luma_of(marked)))
        frame[...] = _add(frame, change + canvas_from(missing))

    def memory(self) -> list[float] | None:
        """What has to be given to ``restore`` to go on with the next frame, for JSON."""
        return None if self._points is None else self._points.ravel().tolist()

    def restore(self, memory: list[float] | None) -> None:
        """Goes on where ``memory`` was taken."""
        self._points = None if memory is None else np.array(memory).reshape(self._offset.shape)

    def _points_for(self, seen: FloatArray) -> FloatArray:
        points = STEP * (np.rint(seen / STEP - self._offset) + self._offset)
        if self._points is not None:
            stay = np.abs(seen - self._points) <= STEP * (0.5 + _HOLD)
            points = np.where(stay, self._points, points)
        self._points = points
        return points


def embed(frame: Picture, payload: int, key: bytes) -> None:
    """Marks a single picture, in place; arguments and errors as `Embedder`."""
    Embedder(payload, key).embed(frame)


def _add(frame: Picture, canvas: NDArray[np.float32]) -> Picture:
    """The frame with a canvas of grey levels added to each of its channels, rounded and kept in range."""
    height, width = frame.shape[:2]
    change = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_CUBIC)
    if frame.dtype == np.uint8:
        return np.asarray(cv2.add(frame, cv2.merge([change] * 3), dtype=cv2.CV_8U), np.uint8)
    change *= np.float32(257)
    return np.asarray(cv2.add(frame, cv2.merge([change] * 3), dtype=cv2.CV_16U), np.uint16)
