"""The smooth field of a rim: exact on small pictures, known functions on large ones, level at open edges."""

import cv2
import numpy as np
import pytest

from faceswap_lab.swap.blends.harmonic import harmonic
from faceswap_lab.swap.blends.poisson import Poisson


def disc(size: int, radius_ratio: float = 0.42) -> np.ndarray:
    y, x = np.mgrid[0:size, 0:size] - (size - 1) / 2
    return np.hypot(x, y) < radius_ratio * size


@pytest.mark.parametrize("size", [40, 160, 301])
def test_gives_back_harmonic_functions(size: int) -> None:
    y, x = (np.mgrid[0:size, 0:size] - (size - 1) / 2) / size
    functions = np.stack([x**2 - y**2, 2 * x * y, 0.3 * x - y], -1).astype(np.float32)
    inside = disc(size)
    field = harmonic(np.where(inside[..., None], np.float32(9), functions), inside)
    assert field is not None
    np.testing.assert_allclose(field[inside], functions[inside], atol=1 / 255)


@pytest.mark.parametrize("size", [30, 64])
def test_equals_a_dense_solution(size: int) -> None:
    values = cv2.GaussianBlur(np.random.default_rng(1).random((size, size, 3)), (0, 0), 2).astype(np.float32)
    inside = disc(size, 0.3)
    pixels = np.argwhere(inside)
    number = {tuple(pixel): index for index, pixel in enumerate(pixels)}
    matrix, right = 4 * np.eye(len(pixels)), np.zeros((len(pixels), 3))
    for index, (row, column) in enumerate(pixels):
        for near in ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)):
            if near in number:
                matrix[index, number[near]] = -1
            else:
                right[index] += values[near]
    field = harmonic(values, inside)
    assert field is not None
    np.testing.assert_allclose(field[inside], np.linalg.solve(matrix, right), atol=1e-3)


def test_runs_out_level_where_the_picture_ends() -> None:
    values, inside = np.zeros((100, 100, 3), np.float32), np.zeros((100, 100), bool)
    values[..., 1], inside[:, 30:] = 0.5, True
    field = harmonic(values, inside)
    assert field is not None
    np.testing.assert_allclose(field[inside][:, 1], 0.5, atol=2e-2)
    assert harmonic(values, np.ones_like(inside)) is None
    assert harmonic(values, np.zeros_like(inside)) is None


def test_poisson_keeps_more_than_8_bits() -> None:
    """A face and footage whose colours span five steps of 8 bits come out in hundreds of steps of 16."""
    y, x = np.mgrid[0:120, 0:120]
    footage = np.stack([0.4 + x * 1e-4] * 3, -1).astype(np.float32)
    face = np.stack([0.6 + (x + y) * 1e-4] * 3, -1).astype(np.float32)
    alpha = disc(120).astype(np.float32)
    joined = Poisson().join(footage, face, alpha)
    assert len(np.unique(np.rint(joined[alpha == 1][:, 0] * 65535))) > 300
    np.testing.assert_array_equal(joined[alpha == 0], footage[alpha == 0])
