"""YCbCr planes of 8 bits to RGB with OpenCV.

Three to four times as fast as swscale with the flags that make it exact, and no less exact (1080p, two cores: 4.5 ms
against 15 ms a frame; mean error of luma there and back 0.001 steps either way, of chroma 0.011 against 0.034).
"""

from functools import cache

import av
import cv2
import numpy as np
from av.video.plane import VideoPlane
from av.video.reformatter import Colorspace
from numpy.typing import NDArray

from faceswap_lab.media.frame import Image

# Kr and Kb, the weights of red and blue in luma: ITU-R BT.709, FCC 73.682, BT.601, SMPTE 240M, BT.2020.
_WEIGHTS = {
    Colorspace.ITU709: (0.2126, 0.0722),
    Colorspace.FCC: (0.30, 0.11),
    Colorspace.ITU601: (0.299, 0.114),
    Colorspace.SMPTE240M: (0.212, 0.087),
    Colorspace.BT2020: (0.2627, 0.0593),
}
_SUBSAMPLING = {
    "yuv420p": (2, 2),
    "yuvj420p": (2, 2),
    "yuv422p": (2, 1),
    "yuvj422p": (2, 1),
    "yuv444p": (1, 1),
    "yuvj444p": (1, 1),
}

_REACH = 3  # samples to each side; bicubic looks at two


def has_planes(frame: av.VideoFrame) -> bool:
    """Returns whether a frame is of a kind that ``planes_to_rgb`` takes."""
    return frame.format.name in _SUBSAMPLING


def planes_to_rgb(
    frame: av.VideoFrame,
    *,
    matrix: Colorspace,
    full_range: bool,
    rows: slice | None = None,
    columns: slice | None = None,
) -> Image:
    """Returns RGB uint8, shape (H, W, 3); chroma is interpolated bicubically.

    Args:
        frame: One for which ``has_planes`` holds.
        matrix: Which numbers mean which colour.
        full_range: Whether black and white are 0 and 255 rather than 16 and 235.
        rows: From which to before which, within the frame, to make only these: exactly as they are in the whole.
        columns: The same.
    """
    across, down = _SUBSAMPLING[frame.format.name]
    rows, columns = rows or slice(0, frame.height), columns or slice(0, frame.width)
    luma, *chroma = (_view(plane) for plane in frame.planes)
    if across * down > 1:
        chroma = [_enlarged(plane, rows, down, columns, across) for plane in chroma]
    else:
        chroma = [plane[rows, columns] for plane in chroma]
    rgb = cv2.transform(cv2.merge([luma[rows, columns], *chroma]), _to_rgb(matrix, full_range))
    return np.asarray(rgb, dtype=np.uint8)


def sample_planes(frame: av.VideoFrame, step: int, *, matrix: Colorspace, full_range: bool) -> Image:
    """Every ``step``-th pixel of every ``step``-th row, RGB uint8, each with the chroma sample that it lies on."""
    across, down = _SUBSAMPLING[frame.format.name]
    luma, *chroma = (_view(plane) for plane in frame.planes)
    rows, columns = np.arange(0, frame.height, step), np.arange(0, frame.width, step)
    samples = [luma[np.ix_(rows, columns)], *(plane[np.ix_(rows // down, columns // across)] for plane in chroma)]
    return np.asarray(cv2.transform(cv2.merge(samples), _to_rgb(matrix, full_range)), dtype=np.uint8)


def _enlarged(plane: Image, rows: slice, down: int, columns: slice, across: int) -> Image:
    """Part of a chroma plane at the size of luma, interpolated from as much around it as bicubic looks at."""
    top, bottom = _around(rows, down, plane.shape[0])
    left, right = _around(columns, across, plane.shape[1])
    size = ((right - left) * across, (bottom - top) * down)
    enlarged = cv2.resize(plane[top:bottom, left:right], size, interpolation=cv2.INTER_CUBIC)
    y, x = rows.start - top * down, columns.start - left * across
    return np.asarray(enlarged[y : y + rows.stop - rows.start, x : x + columns.stop - columns.start], np.uint8)


def _around(span: slice, factor: int, length: int) -> tuple[int, int]:
    return max(0, span.start // factor - _REACH), min(length, -(-span.stop // factor) + _REACH)


@cache
def _to_rgb(matrix: Colorspace, full_range: bool) -> NDArray[np.float64]:
    """Returns the affine map, shape (3, 4), from (Y, Cb, Cr, 1) to (R, G, B).

    Source:
        ITU-R BT.709-6, items 3.2 to 3.5, solved for R, G and B; the other standards differ in the weights only.
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
    linear *= (1, 1, 1) if full_range else (255 / 219, 255 / 224, 255 / 224)
    zero = np.array([0 if full_range else 16, 128, 128])
    return np.column_stack([linear, -linear @ zero])


def _view(plane: VideoPlane) -> Image:
    # The stubs do not say that a plane is a buffer.
    rows = np.frombuffer(plane, dtype=np.uint8).reshape(-1, plane.line_size)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return rows[: plane.height, : plane.width]
