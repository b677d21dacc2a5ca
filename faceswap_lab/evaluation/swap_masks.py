"""Where faces were replaced, kept small while a clip is converted, for pictures of single frames.

Shape letters: H, W sides of a frame in px.
"""

import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.report import SwapRecord

_SIDE_PX = 96  # of what is kept of a mask, whose edges are soft: about 1 kB a frame


class SwapMasks:
    """Watches a conversion as its ``on_face`` and gives back the masks of single frames."""

    def __init__(self) -> None:
        self._kept: dict[int, list[tuple[tuple[int, int, int, int], bytes]]] = {}

    def __call__(self, record: SwapRecord, image: NDArray[np.uint8], patch: Patch) -> None:
        """Takes in a swapped face; see `finish.OnFace`."""
        small = cv2.resize(patch.mask, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
        packed = zlib.compress(np.rint(small * 255).astype(np.uint8).tobytes(), 1)
        self._kept.setdefault(record.frame_index, []).append((patch.box, packed))

    def at(self, index: int, shape: tuple[int, int]) -> NDArray[np.uint8] | None:
        """The share of swapped faces in each pixel, 0 to 255, shape (H, W); None where that frame was not seen.

        Args:
            index: Frame of the footage.
            shape: (H, W) of the frame.
        """
        if index not in self._kept:
            return None
        mask_HW = np.zeros(shape, np.uint8)
        for (left, top, right, bottom), packed in self._kept[index]:
            small = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(_SIDE_PX, _SIDE_PX)
            face = cv2.resize(small, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
            place = mask_HW[top:bottom, left:right]
            np.maximum(place, np.asarray(face, np.uint8), out=place)
        return mask_HW
