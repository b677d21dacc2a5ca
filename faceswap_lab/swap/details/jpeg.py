"""The loss of JPEG on the swapped face, for footage that was compressed hard: blocks, rings, poorer colours."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.details.detail import DetailInput

AUTO = "auto"
_BLOCK = 8  # px a side
_WORST, _BEST = 5, 95
_LEAST = 0.3 / 255  # of blockiness, in [0, 1]: less is not seen, and noise looks as blocky


class Jpeg:
    """Compresses the face and opens it again, in the blocks of the frame's own grid.

    Args:
        quality: As JPEG counts it, 1 to 100: at 90 hardly anything shows, at 30 the blocks do. ``auto``: that at which
            the face shows its blocks as the footage does; none at all where the footage shows none, as most video.

    Raises:
        ConfigError: The quality is out of range.
    """

    def __init__(self, *, quality: int | str = AUTO) -> None:
        if quality != AUTO and not (isinstance(quality, int) and 1 <= quality <= 100):
            raise ConfigError(f"detail.jpeg.quality={quality} must lie from 1 to 100, or be {AUTO}")
        self.quality = quality

    def apply(self, face_HW3: NDArray[np.float32], given: DetailInput) -> NDArray[np.float32]:
        """See `Detail.apply`."""
        quality = self.quality if isinstance(self.quality, int) else find_quality(face_HW3, given)
        return face_HW3 if quality is None else opened_again(face_HW3, quality, given.origin_2)


def find_quality(face_HW3: NDArray[np.float32], given: DetailInput) -> int | None:
    """The best quality at which the face is as blocky as the footage; None where that is blocky enough as it is."""
    inside_HW = given.mask_HW > 0.5
    wanted = blockiness(given.footage_HW3, inside_HW, given.origin_2)
    if wanted < max(blockiness(face_HW3, inside_HW, given.origin_2), 0.0) + _LEAST:
        return None
    low, high = _WORST, _BEST
    while low < high:
        middle = (low + high + 1) // 2
        shown = blockiness(opened_again(face_HW3, middle, given.origin_2), inside_HW, given.origin_2)
        low, high = (middle, high) if shown >= wanted else (low, middle - 1)
    return low


def blockiness(image_HW3: NDArray[np.float32], inside_HW: NDArray[np.bool_], origin_2: tuple[int, int]) -> float:
    """How much larger the luma's steps are between two blocks than within one, in [-1, 1]; 0 where nothing is inside.

    Args:
        image_HW3: RGB in [0, 1].
        inside_HW: Where it counts.
        origin_2: Place of its first pixel in the frame whose blocks are meant, px.

    Source:
        Wang, Sheikh and Bovik 2002, doi:10.1109/ICIP.2002.1038064, the first of its three features, less the mean step
        within blocks. Written from the paper.
    """
    luma_HW = cv2.cvtColor(np.ascontiguousarray(image_HW3, np.float32), cv2.COLOR_RGB2GRAY)
    found: list[float] = []
    for axis, origin in ((1, origin_2[0]), (0, origin_2[1])):
        steps = np.abs(np.diff(luma_HW, axis=axis)) if axis else np.abs(np.diff(luma_HW, axis=axis)).T
        counted = inside_HW[:, 1:] & inside_HW[:, :-1] if axis else (inside_HW[1:] & inside_HW[:-1]).T
        between = (origin + 1 + np.arange(steps.shape[1])) % _BLOCK == 0
        parts = [steps[:, which][counted[:, which]] for which in (between, ~between)]
        if all(len(part) for part in parts):
            found.append(float(parts[0].mean() - parts[1].mean()))
    return float(np.mean(found)) if found else 0.0


def opened_again(
    face_HW3: NDArray[np.float32], quality: int, origin_2: tuple[int, int] = (0, 0)
) -> NDArray[np.float32]:
    """The face as JPEG keeps it, RGB in [0, 1]; arguments as of `blockiness`."""
    left, top = (place % _BLOCK for place in origin_2)
    bgr_HW3 = np.rint(face_HW3[..., ::-1] * 255).astype(np.uint8)
    bordered = cv2.copyMakeBorder(bgr_HW3, top, 0, left, 0, borderType=cv2.BORDER_REPLICATE)
    _, stored = cv2.imencode(".jpg", bordered, [cv2.IMWRITE_JPEG_QUALITY, quality])
    opened_HW3 = np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR))[top:, left:, ::-1]
    return np.ascontiguousarray(opened_HW3, np.float32) / np.float32(255)
