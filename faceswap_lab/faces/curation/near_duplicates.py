"""Faces that repeat one another, told by a perceptual hash of their crops.

Shape letters: N faces, B bits.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.progress import track
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow

_SIDE = 16
NUM_BITS = _SIDE * _SIDE


def difference_hash(crop: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each of 16 x 16 cells is brighter than its right neighbour, shape (256,).

    Crops are aligned, so that all faces agree in the few dozen bits of the usual 8 x 8 hash; 16 x 16 still tells a
    blink from open eyes.

    Source:
        Krawetz, "Kind of like that", hackerfactor.com, 2013; there at 8 x 8.
    """
    grey = crop if crop.ndim == 2 else cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    small = np.asarray(cv2.resize(grey, (_SIDE + 1, _SIDE), interpolation=cv2.INTER_AREA), np.int16)
    return (small[:, 1:] > small[:, :-1]).ravel()


def hashes_of(faceset: Faceset, rows: Sequence[FaceRow]) -> NDArray[np.bool_]:
    """The hash of each face's crop, shape (N, 256).

    Raises:
        FacesetError: A crop cannot be read.
    """
    faces = track(rows, total=len(rows), description="hashing crops")
    hashes = [difference_hash(faceset.crop(row)) for row in faces]
    return np.array(hashes, bool).reshape(len(rows), NUM_BITS)


def near_duplicates(hashes_NB: NDArray[np.bool_], quality_N: Sequence[float], threshold: int) -> list[int]:
    """Faces that lie within a number of bits of a better one that stays.

    Args:
        hashes_NB: Perceptual hashes, shape (N, B).
        quality_N: The better of two alike stays; equal ones: the first.
        threshold: Most differing bits between two that count as alike, from 0.

    Returns:
        Places of those to drop, ascending. Any two that stay differ by more than the threshold, and each that goes is
        within it of one that stays.
    """
    num_faces, num_bits = hashes_NB.shape
    signs_NB = np.where(hashes_NB, 1.0, -1.0).astype(np.float32)
    kept_KB = np.empty_like(signs_NB)
    num_kept = 0
    dropped: list[int] = []
    for place in sorted(range(num_faces), key=lambda place: (-quality_N[place], place)):
        # The product of two sign vectors is the bits that agree less those that differ.
        differing_K = (num_bits - kept_KB[:num_kept] @ signs_NB[place]) / 2
        if num_kept and differing_K.min() <= threshold + 0.25:
            dropped.append(place)
        else:
            kept_KB[num_kept] = signs_NB[place]
            num_kept += 1
    return sorted(dropped)
