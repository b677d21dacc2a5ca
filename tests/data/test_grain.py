"""How strong grain is, measured on faces whose grain is known."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap_lab.data.grain import grain_strength

SIZE, CELLS = 256, 16


def _crop(spread: float, *, seed: int = 0, size: int = SIZE) -> NDArray[np.uint8]:
    """A face that covers all but the left quarter, of white grain."""
    rng = np.random.default_rng(seed)
    luma = np.clip(128 + 255 * spread * rng.standard_normal((size, size)), 0, 255)
    crop = np.repeat(luma[..., None], 4, axis=2).astype(np.uint8)
    crop[..., 3] = 128
    crop[:, : size // 4, 3] = 0
    return crop


def test_it_is_the_part_of_white_noise_that_half_the_side_loses() -> None:
    measured = grain_strength([_crop(0.04, seed=seed) for seed in range(4)], size=SIZE, cells=CELLS)
    noise = np.random.default_rng(9).standard_normal((512, 512)).astype(np.float32)
    half = cv2.resize(noise, (256, 256), interpolation=cv2.INTER_AREA)
    lost = (noise - cv2.resize(half, (512, 512), interpolation=cv2.INTER_CUBIC)).std()
    assert measured.shape == (CELLS, CELLS)
    assert measured.mean() == pytest.approx(0.04 * lost, rel=0.1)
    assert measured == pytest.approx(0.04 * lost, rel=0.4)


def test_smooth_faces_have_none_and_an_edge_is_no_grain() -> None:
    ramp = np.tile(np.linspace(40, 200, SIZE).astype(np.uint8)[None, :, None], (SIZE, 1, 4))
    ramp[..., 3] = 255
    assert grain_strength([ramp], size=SIZE, cells=CELLS).max() < 3e-3  # its steps of 8 bits
    ramp[61, :, :3] = 0
    assert grain_strength([ramp], size=SIZE, cells=CELLS).max() < 3e-3


def test_what_no_face_covers_is_as_the_rest() -> None:
    measured = grain_strength([_crop(0.04)], size=SIZE, cells=CELLS)
    np.testing.assert_allclose(measured[:, : CELLS // 4], np.median(measured[:, CELLS // 4 :]), rtol=1e-5)


def test_larger_crops_are_seen_at_the_size_and_smaller_ones_say_nothing() -> None:
    large = grain_strength([_crop(0.08, size=2 * SIZE)], size=SIZE, cells=CELLS)
    assert large.mean() == pytest.approx(grain_strength([_crop(0.04)], size=SIZE, cells=CELLS).mean(), rel=0.1)
    assert not grain_strength([_crop(0.08, size=SIZE // 2)], size=SIZE, cells=CELLS).any()
    assert not grain_strength([], size=SIZE, cells=CELLS).any()
