"""Shifts in CIELAB: against scikit-image's conversion, along each axis, within limits."""

import numpy as np
import pytest
import skimage.color

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.lab_shift import LabShift
from faceswap_lab.data.warp import A

IMAGE = np.random.default_rng(0).integers(70, 180, (8, 8, 3), dtype=np.uint8)


def drawn(shift: LabShift, image: np.ndarray = IMAGE, count: int = 100) -> list[np.ndarray]:
    compose = A.Compose([shift], seed=1)
    return [compose(image=image)["image"] for _ in range(count)]


def lab(image: np.ndarray) -> np.ndarray:
    return skimage.color.rgb2lab(image)


def test_zero_changes_nothing_beyond_a_level() -> None:
    every = np.arange(256, dtype=np.uint8)
    colours = np.stack(np.meshgrid(every[::15], every[::15], every[::15]), axis=-1).reshape(-1, 18, 3)
    (same,) = drawn(LabShift(0, 0, 0, p=1), colours, count=1)
    np.testing.assert_allclose(same.astype(int), colours, atol=1)
    assert (same != colours).mean() < 0.01  # by float32 in OpenCV


@pytest.mark.parametrize("axis", range(3))
def test_it_moves_one_axis_by_up_to_its_limit_and_no_other(axis: int) -> None:
    limits = [0.0, 0.0, 0.0]
    limits[axis] = 6.0
    moved = np.array([(lab(image) - lab(IMAGE)).mean((0, 1)) for image in drawn(LabShift(*limits, p=1))])
    others = np.delete(moved, axis, axis=1)
    assert np.abs(others).max() < 0.3  # of rounding to uint8, and of the two libraries' constants
    assert 5.5 < moved[:, axis].max() < 6.3
    assert -6.3 < moved[:, axis].min() < -5.5


def test_every_pixel_moves_alike() -> None:
    for image in drawn(LabShift(5, 5, 5, p=1), count=10):
        assert (lab(image) - lab(IMAGE)).std((0, 1)).max() < 0.5


def test_black_and_white_stay_colours() -> None:
    ends = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    for image in drawn(LabShift(20, 0, 0, p=1), ends):
        assert image.dtype == np.uint8
        assert np.ptp(image.astype(int), axis=-1).max() <= 1


def test_a_limit_out_of_range_is_refused() -> None:
    with pytest.raises(ConfigError, match="from 0 to 100"):
        LabShift(lightness=-1)
