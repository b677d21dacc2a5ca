"""Pixels outside the masks are counted one by one, against the footage as it is read again."""

from pathlib import Path

import numpy as np
import pytest

from faceswap_lab.core.errors import FootageError
from faceswap_lab.evaluation.outside import Outside
from faceswap_lab.media.footage import open_footage
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.report import SwapRecord

SIDE = 40


@pytest.fixture
def frames() -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3), dtype=np.uint8))


@pytest.fixture
def outside(tmp_path: Path, frames: list[np.ndarray], save_frames) -> Outside:
    return Outside(open_footage(save_frames(tmp_path / "clip", frames)), None)


def swap(outside: Outside, index: int, image: np.ndarray, *corners: int) -> None:
    """A face of 10 x 10 px at each corner, of which the outermost px is not masked."""
    mask = np.zeros((10, 10), np.float32)
    mask[1:-1, 1:-1] = 0.5
    for corner in corners:
        box = (corner, corner, corner + 10, corner + 10)
        record = SwapRecord(index, 0.0, np.zeros((68, 2)), box, 64, 64.0)
        outside(record, image, Patch(box, image[corner : corner + 10, corner : corner + 10], mask, 10.0))


def test_changes_under_the_masks_are_free(outside: Outside, frames: list[np.ndarray]) -> None:
    assert outside.measured.figure is None
    for index in (0, 2):  # there was no face in the frame between
        image = frames[index].copy()
        image[6:14, 6:14] += 1
        image[21:29, 21:29] += 1
        swap(outside, index, image, 5, 20)
    assert outside.measured.figure == 1.0


def test_every_pixel_beside_them_counts(outside: Outside, frames: list[np.ndarray]) -> None:
    image = frames[0].copy()
    image[5, 5, 2] ^= 1  # inside the box, outside the mask
    swap(outside, 0, image, 5)
    swap(outside, 1, frames[1], 5)
    allowed = SIDE * SIDE - 64
    assert outside.measured.figure == pytest.approx((2 * allowed - 1) / (2 * allowed), abs=1e-7)
    image = frames[2].copy()
    image[30:, :] += 1
    swap(outside, 2, image, 5)
    assert outside.measured.figure == pytest.approx((3 * allowed - 1 - 10 * SIDE) / (3 * allowed), abs=1e-7)


def test_a_single_pixel_of_very_many_is_not_rounded_away(outside: Outside) -> None:
    outside._counts = [(10**9 - 1, 10**9)]
    assert outside.measured.figure == 0.9999999


def test_footage_that_ends_early_is_said(outside: Outside, frames: list[np.ndarray]) -> None:
    with pytest.raises(FootageError, match="no frame 7"):
        swap(outside, 7, frames[0], 5)
