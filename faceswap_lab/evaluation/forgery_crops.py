"""Windows around faces before and after a swap, for a classifier that has to tell the two apart.

They are cut from the composite before label, watermark and codec, so that no mark gives a swap away, and compressed
afterwards, real and swapped alike. Shape letters: N windows, S their side in px.
"""

import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.face import FloatArray
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.synth_writer import write_clip

MOST = 96
"""Frames that are kept of a clip."""

INPUT_PX = 128
_RUN = 8  # frames that follow one another, since a codec takes most of a frame from its neighbours
_REACH = 1.25  # side of a window in extents of the landmarks: a little beyond the mask's edge, little background

Windows = NDArray[np.uint8]


class ForgeryCrops:
    """Collects one face a frame, the first to be swapped, in windows of one size at the frame's own scale.

    Of long clips it keeps runs of eight frames, evenly spaced, at most 96 frames.
    """

    def __init__(self) -> None:
        self._side: int | None = None
        self._stride = 1
        self._kept: dict[int, tuple[Windows, Windows]] = {}

    def __len__(self) -> int:
        """Frames that are kept."""
        return len(self._kept)

    def add(self, index: int, footage: Windows, composite: Windows, landmarks_682: FloatArray) -> None:
        """Takes in a swapped frame.

        Args:
            index: Of the frame.
            footage: As it was, RGB uint8.
            composite: With the swap, not marked or encoded yet.
            landmarks_682: Of the footage's face, frame px.
        """
        if index // _RUN % self._stride:
            return
        low_2, high_2 = landmarks_682.min(axis=0), landmarks_682.max(axis=0)
        if self._side is None:
            wanted = _REACH * float((high_2 - low_2).max())
            self._side = int(min(max(16 * round(wanted / 16), 32), min(footage.shape[:2]) // 2 * 2))
        corner_2 = np.rint((low_2 + high_2 - self._side) / 2).astype(int)
        left, top = np.clip(corner_2, 0, np.array(footage.shape[1::-1]) - self._side)
        window = (slice(top, top + self._side), slice(left, left + self._side))
        self._kept[index] = (footage[window].copy(), composite[window].copy())
        if len(self._kept) > MOST:
            self._stride *= 2
            self._kept = {index: pair for index, pair in self._kept.items() if not index // _RUN % self._stride}

    def compressed(self, crf: int) -> tuple[Windows, Windows]:
        """Real and swapped windows as x264 leaves them, luma, uint8, two arrays of shape (N, 128, 128).

        Args:
            crf: Constant rate factor, 0 (best) to 51.
        """
        order = sorted(self._kept)
        return tuple(_through_codec([self._kept[index][side] for index in order], crf) for side in (0, 1))  # pyright: ignore[reportReturnType]


def _through_codec(windows: list[Windows], crf: int) -> Windows:
    if not windows:
        return np.zeros((0, INPUT_PX, INPUT_PX), np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "windows.mp4"
        write_clip(path, windows, fps=25, crf=crf)
        luma = [cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY) for frame in open_footage(path).frames()]
    return np.array([cv2.resize(image, (INPUT_PX, INPUT_PX), interpolation=cv2.INTER_AREA) for image in luma], np.uint8)
