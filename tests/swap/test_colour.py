"""Every option of ``conf/colour`` keeps the slot's contract; `mean` and `reinhard` against closed forms."""

import importlib

import cv2
import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.swap.colour.colour import Colour, weighted_mean_and_std
from faceswap_lab.swap.colour.mean import Mean
from faceswap_lab.swap.colour.none import NoColour
from faceswap_lab.swap.colour.reinhard import Reinhard

OPTIONS: list[Colour] = [Mean(), Reinhard(), NoColour()]
SIZE = 24


def faces(seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    swapped = 0.45 + 0.08 * rng.standard_normal((SIZE, SIZE, 3))
    footage = np.array([0.6, 0.5, 0.4]) + 0.1 * rng.standard_normal((SIZE, SIZE, 3))
    weight = np.zeros((SIZE, SIZE))
    weight[4:-4, 4:-4] = rng.uniform(0.2, 1, (SIZE - 8, SIZE - 8))
    return (
        np.clip(swapped, 0.05, 0.95).astype(np.float32),
        np.clip(footage, 0.05, 0.95).astype(np.float32),
        weight.astype(np.float32),
    )


def test_every_option_file_is_covered() -> None:
    assert {path.stem for path in (conf_dir() / "colour").glob("*.yaml")} == {"mean", "reinhard", "none"}
    for path in (conf_dir() / "colour").glob("*.yaml"):
        importlib.import_module(f"faceswap_lab.swap.colour.{path.stem}")


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: type(option).__name__)
def test_contract(option: Colour) -> None:
    swapped, footage, weight = faces()
    inputs = [part.copy() for part in (swapped, footage, weight)]
    matched = option.match(swapped, footage, weight)
    assert matched.shape == swapped.shape
    assert matched.dtype == np.float32
    assert matched.min() >= 0
    assert matched.max() <= 1
    assert all(np.array_equal(now, before) for now, before in zip((swapped, footage, weight), inputs, strict=True))
    np.testing.assert_array_equal(option.match(swapped, footage, np.zeros_like(weight)), swapped)
    np.testing.assert_allclose(
        option.match(footage, footage, weight), footage, atol=4e-3
    )  # nothing to match, but for the Lab round trip
    footage[:4] = 1 - footage[:4]  # outside the mask: must not count
    np.testing.assert_array_equal(option.match(swapped, footage, weight), matched)


def test_mean_moves_the_weighted_mean() -> None:
    swapped, footage, weight = faces()
    matched = weighted_mean_and_std(Mean().match(swapped, footage, weight), weight)
    wanted = weighted_mean_and_std(footage, weight)
    assert matched is not None
    assert wanted is not None
    np.testing.assert_allclose(matched[0], wanted[0], atol=2e-3)


def test_reinhard_moves_mean_and_spread_in_lab() -> None:
    swapped, footage, weight = faces()
    matched = Reinhard(max_stretch=3).match(swapped, footage, weight)
    got = weighted_mean_and_std(cv2.cvtColor(matched, cv2.COLOR_RGB2Lab), weight)
    wanted = weighted_mean_and_std(cv2.cvtColor(footage, cv2.COLOR_RGB2Lab), weight)
    assert got is not None
    assert wanted is not None
    np.testing.assert_allclose(got[0], wanted[0], atol=0.6)
    np.testing.assert_allclose(got[1], wanted[1], atol=0.6)


def test_reinhard_leaves_the_dark_without_a_tint_and_moves_skin_all_the_way() -> None:
    """Red skin to pale skin, and a black mouth in it: moved as far as the skin, the mouth would turn teal."""
    swapped = np.full((SIZE, SIZE, 3), (0.8, 0.45, 0.35), np.float32)
    swapped[10:14, 8:16] = 0.03
    footage = np.full((SIZE, SIZE, 3), (0.85, 0.75, 0.7), np.float32)
    skin = np.ones((SIZE, SIZE), np.float32)
    skin[9:15, 7:17] = 0
    matched = Reinhard().match(swapped, footage, skin)
    np.testing.assert_allclose(matched[2, 2], footage[2, 2], atol=0.02)
    mouth = cv2.cvtColor(matched, cv2.COLOR_RGB2Lab)[12, 12]
    assert np.abs(mouth[1:]).max() < 6  # of the 40 that skin moved


def test_reinhard_bounds_the_stretch() -> None:
    swapped, footage, weight = faces()
    flat = np.full_like(swapped, 0.5) + 0.01 * (swapped - swapped.mean())
    matched = Reinhard(max_stretch=1.5).match(flat, footage, weight)
    before, after = weighted_mean_and_std(flat, weight), weighted_mean_and_std(matched, weight)
    assert before is not None
    assert after is not None
    assert (after[1] < 2.5 * before[1]).all()


def test_one_pixel_of_the_mask_moves_the_colours_little() -> None:
    """Frame to frame the mask's edge moves; the face must not flicker with it."""
    swapped, footage, weight = faces()
    other = np.roll(weight, 1, axis=1)
    for option in OPTIONS:
        change = option.match(swapped, footage, weight) - option.match(swapped, footage, other)
        assert np.abs(change).mean() < 0.02


def test_weighted_statistics() -> None:
    swapped, _, weight = faces()
    got = weighted_mean_and_std(swapped, weight)
    assert got is not None
    values, weights = swapped.reshape(-1, 3).astype(float), weight.ravel().astype(float)
    np.testing.assert_allclose(got[0], np.average(values, axis=0, weights=weights))
    np.testing.assert_allclose(got[1] ** 2, np.diag(np.cov(values.T, aweights=weights, ddof=0)))


def test_errors() -> None:
    with pytest.raises(ConfigError, match=r"colour\.max_stretch is 0\.5"):
        Reinhard(max_stretch=0.5)
