"""The canvas: a frame's luma on a square of fixed size, in which the mark has one place whatever the frame's size.

Blocks of 8 x 8 canvas px; of each block's DCT the three lowest frequencies beside its mean carry the mark. Coefficients
are orthonormal, in grey levels of 0 to 255, and are held as an array (3, 24, 24): frequency (vertical, horizontal) of
(0, 1), (1, 0), (1, 1), then block row and block column.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.provenance.watermark.types import FloatArray, Picture

BLOCK = 8
BLOCKS = 24
SIDE = BLOCK * BLOCKS
SHAPE = (3, BLOCKS, BLOCKS)
_STIFFNESS = 0.1  # how much a smooth canvas may cost: 0 bends least, 1 changes least


def _basis() -> NDArray[np.float32]:
    """The block's mean and its slowest cosine, orthonormal, shape (8, 2)."""
    cosine = np.sqrt(2 / BLOCK) * np.cos(np.pi * (np.arange(BLOCK) + 0.5) / BLOCK)
    return np.stack([np.full(BLOCK, np.sqrt(1 / BLOCK)), cosine], axis=1).astype(np.float32)


BASIS_82 = _basis()


def luma_of(frame: Picture) -> NDArray[np.float32]:
    """Luma by BT.601, grey levels 0 to 255, float32, shape (H, W).

    Args:
        frame: RGB uint8 or uint16, shape (H, W, 3).
    """
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    scale = np.float32(1 if frame.dtype == np.uint8 else 1 / 257)
    return grey.astype(np.float32) * scale


def to_canvas(luma: NDArray[np.float32], size: tuple[int, int] = (SIDE, SIDE)) -> NDArray[np.float32]:
    """Luma resampled to a canvas, or to the part of one that is to be seen.

    Args:
        luma: Shape (H, W).
        size: Width and height, px.
    """
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.float32)


def coefficients_of(canvas: NDArray[np.float32]) -> FloatArray:
    """The DCT coefficients that can carry the mark, shape (3, 24, 24)."""
    rows = canvas.reshape(SIDE, BLOCKS, BLOCK) @ BASIS_82
    both = np.einsum("bysf,yg->gfbs", rows.reshape(BLOCKS, BLOCK, BLOCKS, 2), BASIS_82)
    return both.reshape(4, BLOCKS, BLOCKS)[1:]


def canvas_from(coefficients: FloatArray) -> NDArray[np.float32]:
    """The smoothest canvas that has these coefficients, and whose blocks keep their means; shape (SIDE, SIDE).

    A sum of the blocks' own cosines would break at every block's edge, which the eye finds and a codec pays for.
    """
    padded = np.zeros((2, 2, BLOCKS, BLOCKS), np.float32)
    padded.reshape(4, BLOCKS, BLOCKS)[1:] = coefficients
    square = padded.transpose(2, 0, 3, 1).reshape(2 * BLOCKS, 2 * BLOCKS)
    return np.asarray(SMOOTH @ square @ SMOOTH.T, np.float32)


def _smooth_basis() -> NDArray[np.float32]:
    """Columns of least curvature, each with one coefficient of one block and none of any other; (SIDE, 2 BLOCKS)."""
    analysis = np.kron(np.eye(BLOCKS), BASIS_82.T.astype(np.float64))
    curvature = np.diff(np.eye(SIDE), 2, axis=0)
    inverse = np.linalg.inv(curvature.T @ curvature + _STIFFNESS * np.eye(SIDE))
    return (inverse @ analysis.T @ np.linalg.inv(analysis @ inverse @ analysis.T)).astype(np.float32)


SMOOTH = _smooth_basis()
