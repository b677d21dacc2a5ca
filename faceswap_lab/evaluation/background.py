"""How much of the footage beside the face is kept, once the clip is marked and encoded."""

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.evaluation.measured import Measured
from faceswap_lab.evaluation.psnr import psnr
from faceswap_lab.media.pixels import Pixels


class Background:
    """Collects the PSNR of converted frames against the footage outside the rectangle that the swap touched.

    Before it is marked and encoded a swap changes nothing there, so what is missing from 100 dB is the codec, the
    watermark and the label, which weighs most in small frames.

    Source:
        See `psnr`.
    """

    def __init__(self) -> None:
        self._decibels: list[float] = []

    def add(self, footage: Pixels, converted: Pixels, box: tuple[int, int, int, int]) -> None:
        """Takes in a swapped frame.

        Args:
            footage: The frame as it was, RGB uint8.
            converted: As it was written.
            box: The only pixels that the swap changed: frame px, xyxy, right and bottom exclusive.
        """
        outside_HW: NDArray[np.bool_] = np.ones(footage.shape[:2], dtype=bool)
        left, top, right, bottom = box
        outside_HW[top:bottom, left:right] = False
        if outside_HW.any() and footage.shape == converted.shape:
            self._decibels.append(psnr(np.asarray(footage), np.asarray(converted), outside_HW, peak=255))

    @property
    def measured(self) -> Measured:
        """Mean over the frames, dB."""
        return Measured((np.array(self._decibels),))
