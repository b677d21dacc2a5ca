"""How strong the grain of an identity's real faces is: what a decoder's pixels are too large for.

Shape letters: C side of a crop in px, K cells along a side, W px along the side of a cell.
"""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
_SPREAD = 1.4826  # of a normal distribution, over the median of its absolute values
_WHOLE = 126  # of ``data.regions``: face, not its rim


def grain_strength(crops: Iterable[NDArray[np.uint8]], *, size: int, cells: int) -> NDArray[np.float32]:
    """Spread of the luma that is lost where faces are shrunk to half the side, at each of K x K places, in [0, 1].

    Medians, over the pixels of a cell and over faces, see grain and pores and hardly the few edges of a face.

    Args:
        crops: Faces of one identity, RGB and regions (``data.regions``), uint8 (C, C, 4).
        size: Side at which grain is drawn, px; crops that are smaller know nothing of it.
        cells: K; divides the side.

    Returns:
        Shape (K, K), float32. 0 everywhere where crops are smaller than ``size``; a cell that no face covers has the
        median of the others.
    """
    faces_KK = [_of_one(crop, size, cells) for crop in crops if len(crop) >= size]
    if not faces_KK:
        return np.zeros((cells, cells), np.float32)
    known_FKK = np.ma.masked_invalid(np.stack(faces_KK))
    median_KK = np.ma.median(known_FKK, axis=0)
    overall = np.ma.median(median_KK)
    return np.asarray(np.ma.filled(median_KK, 0.0 if overall is np.ma.masked else float(overall)), np.float32)


def _of_one(crop_CC4: NDArray[np.uint8], size: int, cells: int) -> NDArray[np.float32]:
    crop = crop_CC4 if len(crop_CC4) == size else cv2.resize(crop_CC4, (size, size), interpolation=cv2.INTER_AREA)
    luma_CC = crop[..., :3].astype(np.float32) @ _LUMA / 255
    half = cv2.resize(luma_CC, (size // 2, size // 2), interpolation=cv2.INTER_AREA)
    lost_CC = np.abs(luma_CC - cv2.resize(half, (size, size), interpolation=cv2.INTER_CUBIC))
    in_cells = [_cells(values, cells) for values in (lost_CC, crop[..., 3] >= _WHOLE)]
    lost_KKP, inside_KKP = in_cells
    median_KK = np.ma.median(np.ma.masked_array(lost_KKP, ~inside_KKP), axis=-1)
    return np.ma.filled(_SPREAD * median_KK, np.nan).astype(np.float32)


def _cells(values_CC: NDArray, cells: int) -> NDArray:
    """The pixels of each cell, shape (K, K, W * W)."""
    side = len(values_CC) // cells
    return values_CC.reshape(cells, side, cells, side).swapaxes(1, 2).reshape(cells, cells, side**2)
