"""YCbCr planes of 8 bits or more to RGB with OpenCV.

Three to four times as fast as swscale with the flags that make it exact, and no less exact (1080p, two cores: 4.5 ms
against 15 ms a frame; mean error of luma there and back 0.001 steps either way, of chroma 0.011 against 0.034).
"""

import re
from functools import cache

import av
import cv2
import numpy as np
from av.video.plane import VideoPlane
from av.video.reformatter import Colorspace
from numpy.typing import NDArray

from faceswap_lab.media.frame import Image, Picture
from faceswap_lab.media.pixels import as_picture, to_8_bits

# Kr and Kb, the weights of red and blue in luma: ITU-R BT.709, FCC 73.682, BT.601, SMPTE 240M, BT.2020.
_WEIGHTS = {
    Colorspace.ITU709: (0.2126, 0.0722),
    Colorspace.FCC: (0.30, 0.11),
    Colorspace.ITU601: (0.299, 0.114),
    Colorspace.SMPTE240M: (0.212, 0.087),
    Colorspace.BT2020: (0.2627, 0.0593),
}
SUBSAMPLING = {"420": (2, 2), "422": (2, 1), "440": (1, 2), "444": (1, 1)}
"""Pixels for a sample of chroma, across and down, by the part of a format's name that says so."""

_FORMAT = re.compile(r"yuv[aj]?(420|422|440|444)p(?:(9|10|12|14|16)le)?")

_REACH = 3  # samples to each side; bicubic looks at two


def has_planes(frame: av.VideoFrame) -> bool:
    """Returns whether a frame is of a kind that ``planes_to_rgb`` takes."""
    return _FORMAT.fullmatch(frame.format.name) is not None


def planes_to_rgb(
    frame: av.VideoFrame,
    *,
    matrix: Colorspace,
    full_range: bool,
    rows: slice | None = None,
    columns: slice | None = None,
) -> Picture:
    """Returns RGB uint8, or of deeper planes uint16 of full range, shape (H, W, 3); chroma is interpolated bicubically.

    Args:
        frame: One for which ``has_planes`` holds.
        matrix: Which numbers mean which colour.
        full_range: Whether black and white are 0 and 255 rather than 16 and 235.
        rows: From which to before which, within the frame, to make only these: exactly as they are in the whole.
        columns: The same.
    """
    across, down, bits = _layout(frame)
    rows, columns = rows or slice(0, frame.height), columns or slice(0, frame.width)
    luma, *chroma = (view(plane, bits) for plane in frame.planes[:3])
    if across * down > 1:
        chroma = [_enlarged(plane, rows, down, columns, across, bits) for plane in chroma]
    else:
        chroma = [_widened(plane[rows, columns], bits) for plane in chroma]
    samples = cv2.merge([_widened(luma[rows, columns], bits), *chroma])
    return as_picture(cv2.transform(samples, affine_to_rgb(matrix, full_range=full_range, bits=bits)))


def sample_planes(frame: av.VideoFrame, step: int, *, matrix: Colorspace, full_range: bool) -> Image:
    """Every ``step``-th pixel of every ``step``-th row, RGB uint8, each with the chroma sample that it lies on."""
    across, down, bits = _layout(frame)
    luma, *chroma = (view(plane, bits) for plane in frame.planes[:3])
    rows, columns = np.arange(0, frame.height, step), np.arange(0, frame.width, step)
    samples = [luma[np.ix_(rows, columns)], *(plane[np.ix_(rows // down, columns // across)] for plane in chroma)]
    merged = cv2.merge([_widened(plane, bits) for plane in samples])
    return to_8_bits(as_picture(cv2.transform(merged, affine_to_rgb(matrix, full_range=full_range, bits=bits))))


def _enlarged(plane: Picture, rows: slice, down: int, columns: slice, across: int, bits: int) -> Picture:
    """Part of a chroma plane at the size of luma, interpolated from as much around it as bicubic looks at."""
    top, bottom = _around(rows, down, plane.shape[0])
    left, right = _around(columns, across, plane.shape[1])
    size = ((right - left) * across, (bottom - top) * down)
    around = _widened(plane[top:bottom, left:right], bits)
    enlarged = cv2.resize(around, size, interpolation=cv2.INTER_CUBIC)
    y, x = rows.start - top * down, columns.start - left * across
    return np.asarray(enlarged[y : y + rows.stop - rows.start, x : x + columns.stop - columns.start], plane.dtype)


def _around(span: slice, factor: int, length: int) -> tuple[int, int]:
    return max(0, span.start // factor - _REACH), min(length, -(-span.stop // factor) + _REACH)


def _widened(plane: Picture, bits: int) -> Picture:
    """Deeper samples in the upper bits of 16, so that interpolating them rounds to less than a step."""
    return plane if bits == 8 else np.asarray(plane << np.uint16(16 - bits), np.uint16)


@cache
def affine_to_rgb(matrix: Colorspace, *, full_range: bool, bits: int) -> NDArray[np.float64]:
    """Returns the map, shape (3, 4), from (Y, Cb, Cr, 1) to (R, G, B).

    Args:
        matrix: Which numbers mean which colour.
        full_range: Whether luma takes all numbers.
        bits: 8, from samples of 8 bits to RGB of 8; more, from samples in the upper bits of 16 to RGB of 16.

    Source:
        ITU-R BT.709-6, items 3.2 to 3.5, solved for R, G and B; the other standards differ in the weights only. The
        ranges of deeper samples are those of 8 bits shifted (item 3.6).
    """
    red, blue = _WEIGHTS[matrix]
    green = 1 - red - blue
    linear = np.array(
        [
            [1, 0, 2 * (1 - red)],
            [1, -2 * blue * (1 - blue) / green, -2 * red * (1 - red) / green],
            [1, 2 * (1 - blue), 0],
        ]
    )
    unit, white = (1, 255) if bits == 8 else (256, 65535)
    largest = (2**bits - 1) * unit / 2 ** (bits - 8)
    linear *= (white / largest,) * 3 if full_range else (white / (219 * unit), *(white / (224 * unit),) * 2)
    zero = np.array([0 if full_range else 16, 128, 128]) * unit
    return np.column_stack([linear, -linear @ zero])


def _layout(frame: av.VideoFrame) -> tuple[int, int, int]:
    """Pixels for a sample of chroma, across and down, and bits of a sample."""
    found = _FORMAT.fullmatch(frame.format.name)
    assert found is not None, "asked for by has_planes"
    return *SUBSAMPLING[found[1]], int(found[2] or 8)


def view(plane: VideoPlane, bits: int) -> Picture:
    """Returns the samples of a plane where they lie in memory, to read or to fill in; deeper ones as uint16."""
    dtype = np.dtype(np.uint8 if bits == 8 else "<u2")
    # The stubs do not say that a plane is a buffer.
    samples = np.frombuffer(plane, dtype=dtype)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return samples.reshape(-1, plane.line_size // dtype.itemsize)[: plane.height, : plane.width]
