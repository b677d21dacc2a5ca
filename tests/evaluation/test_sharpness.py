"""Sharpness falls with blur, does not see outside the mask, and has a closed form on a checkerboard."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.evaluation.sharpness import sharpness

EVERYWHERE = np.full((256, 256), 255, np.uint8)


@pytest.fixture
def crop() -> np.ndarray:
    return np.ascontiguousarray(astronaut()[:256, 100:356])


def test_blur_lowers_it(crop: np.ndarray) -> None:
    values = [sharpness(crop, EVERYWHERE)]
    values += [sharpness(cv2.GaussianBlur(crop, (0, 0), sigma), EVERYWHERE) for sigma in (0.7, 1.5, 3.0)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.2 * values[0]


def test_equals_opencv(crop: np.ndarray) -> None:
    luma = crop @ np.array([0.299, 0.587, 0.114])
    reference = cv2.Laplacian(luma, cv2.CV_64F, ksize=1)[1:-1, 1:-1].var()
    assert sharpness(crop, EVERYWHERE) == pytest.approx(float(reference))


def test_checkerboard() -> None:
    board = ((np.indices((256, 256)).sum(0) % 2) * 10).astype(np.uint8)
    # Every luma step is 10, so the Laplacian is +40 or -40 everywhere.
    assert sharpness(np.repeat(board[..., None], 3, axis=2), EVERYWHERE) == pytest.approx(1600.0)


def test_only_the_inside_counts(crop: np.ndarray) -> None:
    mask = np.zeros((256, 256), np.uint8)
    mask[64:192, 64:192] = 255
    changed = crop.copy()
    changed[:60] = 0
    assert sharpness(changed, mask) == sharpness(crop, mask)


def test_errors(crop: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="empty"):
        sharpness(crop, np.zeros((256, 256), np.uint8))
    with pytest.raises(ShapeError, match="mask of its size"):
        sharpness(crop, np.zeros((128, 128), np.uint8))
