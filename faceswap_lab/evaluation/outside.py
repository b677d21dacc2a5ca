"""Whether a swap leaves alone what it has no business with: pixels outside the mask, before marks and codec.

Shape letters: H, W sides of a frame in px.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import FootageError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.evaluation.forgery_crops import ForgeryCrops
from faceswap_lab.evaluation.measured import Measured
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.report import SwapRecord


class Outside:
    """Counts pixels outside the masks of a conversion that are the footage's, bit for bit.

    Formula: equal pixels over all pixels whose mask is 0, in every swapped frame; a pixel is equal if its three colours
    are. Range 0 to 1, ideal 1. The composite is looked at, as `convert` shows it to ``on_face``: label, watermark and
    codec come later and are `Background`'s. The footage is decoded a second time for it, so what the conversion did to
    its own copy does not hide anything. Rounded down, so that 1 means every single pixel.

    Args:
        footage: What is converted.
        ranges: Frames that are; None: all.
        windows: Collects windows of footage and composite in passing.
    """

    def __init__(self, footage: Footage, ranges: FrameRange | None, *, windows: ForgeryCrops | None = None) -> None:
        self._windows = windows
        self._frames: Iterator[Frame] = iter(footage.frames(ranges))
        self._now: Frame | None = None
        self._outside_HW: NDArray[np.bool_] | None = None
        self._equal_HW: NDArray[np.bool_] | None = None
        self._counts: list[tuple[int, int]] = []

    def __call__(self, record: SwapRecord, image: NDArray[np.uint8], patch: Patch) -> None:
        """Takes in a swapped face, in the order of frames; several of one frame leave out all their masks.

        Args:
            record: Which frame.
            image: The whole composite, RGB uint8.
            patch: What the face changed.

        Raises:
            FootageError: The footage ends before that frame.
        """
        if self._now is None or self._now.index != record.frame_index:
            self._count()
            self._now = self._frame(record.frame_index)
            self._equal_HW = (image == self._now.image).all(axis=2)
            self._outside_HW = np.ones(image.shape[:2], bool)
            if self._windows is not None:
                self._windows.add(record.frame_index, self._now.image, image, record.landmarks_682)
        assert self._outside_HW is not None
        left, top, right, bottom = patch.box
        self._outside_HW[top:bottom, left:right] &= patch.mask == 0

    @property
    def measured(self) -> Measured:
        """Equal over all; None where nothing was swapped or the masks left nothing."""
        self._count()
        counts_N2 = np.array(self._counts, np.int64).reshape(-1, 2)
        return Measured((counts_N2[:, 0], counts_N2[:, 1]), _share)

    def _count(self) -> None:
        if self._outside_HW is not None and self._equal_HW is not None:
            self._counts.append((int((self._equal_HW & self._outside_HW).sum()), int(self._outside_HW.sum())))
        self._outside_HW = self._equal_HW = None

    def _frame(self, index: int) -> Frame:
        for frame in self._frames:
            if frame.index == index:
                return frame
        raise FootageError(f"the footage has no frame {index} when it is read again; convert it again")


def _share(equal_N: NDArray[np.int64], all_N: NDArray[np.int64]) -> float | None:
    return math.floor(1e7 * int(equal_N.sum()) / int(all_N.sum())) / 1e7 if all_N.any() else None
