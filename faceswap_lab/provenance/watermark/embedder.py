"""Embedding by quantisation index modulation: every coefficient moves to the nearest point that says its bit.

The points for a 0 lie ``STEP`` apart, and half way between them those for a 1. A coefficient moves by half a step at
most, so the mark is as strong in a dark frame as in a bright one, and what the footage shows is next to no noise to it.
It goes only most of the way: what is left costs the reader little, and the mark is fainter and holds still less of what
moves, so that it flickers less.

Source:
    Chen and Wornell, IEEE Trans. Inf. Theory 47(4), 2001, doi:10.1109/18.923725; the part of the way is their
    distortion compensation.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.provenance.watermark.canvas import canvas_from, coefficients_of, to_canvas
from faceswap_lab.provenance.watermark.code import encode
from faceswap_lab.provenance.watermark.layout import layout_of
from faceswap_lab.provenance.watermark.types import FloatArray, Picture

STEP = 24.0
"""Distance of two points that say the same, grey levels of an orthonormal coefficient."""
_STRENGTH = 0.8  # share of the way to its point that a coefficient goes
_ROUNDED = 1.0  # grey levels of a coefficient: what rounding pixels leaves of it at most; more was cut off
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
        self._frames = _Frames()
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
        seen = coefficients_of(self._frames.canvas_of(frame))
        points = seen + _STRENGTH * (self._points_for(seen) - seen)
        change = canvas_from(points - seen)
        marked = self._frames.added(frame, change)
        # What black and white cut off is asked for once more: the other half of the wave then carries it.
        missing = points - coefficients_of(self._frames.canvas_of(marked))
        if np.abs(missing).max() > _ROUNDED:
            marked = self._frames.added(frame, change + canvas_from(missing))
        frame[...] = marked

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


class _Frames:
    """Goes between frames and canvases. Keeps its arrays: to take tens of megabytes anew for every frame costs more
    than what is reckoned in them."""

    def __init__(self) -> None:
        self._size: tuple[tuple[int, ...], np.dtype[Any]] | None = None

    def canvas_of(self, frame: Picture) -> NDArray[np.float32]:
        """As ``to_canvas(luma_of(frame))``."""
        self._fit(frame)
        cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY, dst=self._grey)
        scale = np.float32(1 if frame.dtype == np.uint8 else 1 / 257)
        return to_canvas(np.multiply(self._grey, scale, out=self._luma))

    def added(self, frame: Picture, canvas: NDArray[np.float32]) -> Picture:
        """The frame with a canvas of grey levels added to each of its channels, rounded and kept in range.

        It is overwritten by the next one.
        """
        self._fit(frame)
        height, width = frame.shape[:2]
        cv2.resize(canvas, (width, height), dst=self._change, interpolation=cv2.INTER_CUBIC)
        depth = cv2.CV_8U
        if frame.dtype == np.uint16:
            self._change *= np.float32(257)
            depth = cv2.CV_16U
        cv2.merge([self._change] * 3, dst=self._in_rgb)
        cv2.add(frame, self._in_rgb, dst=self._marked, dtype=depth)
        return self._marked

    def _fit(self, frame: Picture) -> None:
        if self._size == (frame.shape, frame.dtype):
            return
        self._size = frame.shape, frame.dtype
        self._grey = np.empty(frame.shape[:2], frame.dtype)
        self._luma, self._change = (np.empty(frame.shape[:2], np.float32) for _ in range(2))
        self._in_rgb, self._marked = np.empty(frame.shape, np.float32), np.empty(frame.shape, frame.dtype)
