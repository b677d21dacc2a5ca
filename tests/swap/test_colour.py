"""Every option of ``conf/colour`` keeps the slot's contract; the rest against closed forms."""

import cv2
import numpy as np
import pytest
import scipy.stats
from omegaconf import OmegaConf
from skimage.exposure import match_histograms

from faceswap_lab.core.build import build
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.swap.colour.colour import Colour, weighted_mean_and_std
from faceswap_lab.swap.colour.histogram import Histogram
from faceswap_lab.swap.colour.linear import MAPS, Linear
from faceswap_lab.swap.colour.manual import Manual
from faceswap_lab.swap.colour.mean import Mean
from faceswap_lab.swap.colour.reinhard import Reinhard
from faceswap_lab.swap.colour.seamless import Seamless
from faceswap_lab.swap.colour.skin_tone import SkinTone
from faceswap_lab.swap.colour.sliced import Sliced
from faceswap_lab.swap.colour.transport import carry, mean_and_covariance, weighted_pixels

OPTIONS: dict[str, Colour] = {
    path.stem: build(OmegaConf.load(path)) for path in sorted((conf_dir() / "colour").glob("*.yaml"))
}
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


@pytest.mark.parametrize("name", OPTIONS)
def test_contract(name: str) -> None:
    option = OPTIONS[name]
    swapped, footage, weight = faces()
    inputs = [part.copy() for part in (swapped, footage, weight)]
    matched = option.match(swapped, footage, weight)
    assert matched.shape == swapped.shape
    assert matched.dtype == np.float32
    assert matched.min() >= 0
    assert matched.max() <= 1
    assert all(np.array_equal(now, before) for now, before in zip((swapped, footage, weight), inputs, strict=True))
    np.testing.assert_allclose(option.match(swapped, footage, np.zeros_like(weight)), swapped, atol=1e-6)
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


def lab(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_RGB2Lab)


def skin_with(swapped_colour: tuple[float, ...], footage_colour: tuple[float, ...], part: tuple[float, ...]) -> tuple:
    """A face of one colour, footage of another, where neither is compared a part of its own colour; and the weight."""
    swapped = np.full((SIZE, SIZE, 3), swapped_colour, np.float32)
    swapped[10:14, 8:16] = part
    weight = np.ones((SIZE, SIZE), np.float32)
    weight[9:15, 7:17] = 0
    return swapped, np.full((SIZE, SIZE, 3), footage_colour, np.float32), weight


@pytest.mark.parametrize("grey", [0.02, 0.3, 0.9])
def test_skin_tone_moves_skin_all_the_way_and_leaves_grey_grey(grey: float) -> None:
    """Orange skin to pale skin: shifted as far as that, a mouth, a spectacle frame or teeth would turn teal."""
    swapped, footage, weight = skin_with((0.8, 0.45, 0.35), (0.85, 0.75, 0.7), (grey,) * 3)
    matched = SkinTone().match(swapped, footage, weight)
    np.testing.assert_allclose(matched[2, 2], footage[2, 2], atol=0.01)
    assert np.abs(lab(matched)[12, 12, 1:]).max() < 4
    shifted = Reinhard().match(swapped, footage, weight)
    assert np.abs(lab(shifted)[12, 12, 1:]).max() > (15 if grey > 0.1 else 0)


def test_skin_tone_keeps_lips_redder_in_proportion() -> None:
    swapped, footage, weight = skin_with((0.8, 0.55, 0.45), (0.75, 0.62, 0.56), (0.8, 0.35, 0.35))
    matched = lab(SkinTone().match(swapped, footage, weight))
    before = lab(swapped)[12, 12, 1] / lab(swapped)[2, 2, 1]
    assert matched[12, 12, 1] / matched[2, 2, 1] == pytest.approx(before, rel=0.25)


def test_skin_tone_gives_grey_skin_a_colour_and_spares_the_dark() -> None:
    """A shift, for grey times anything is grey."""
    swapped, footage, weight = skin_with((0.6, 0.59, 0.58), (0.8, 0.55, 0.45), (0.01,) * 3)
    matched = SkinTone().match(swapped, footage, weight)
    np.testing.assert_allclose(matched[2, 2], footage[2, 2], atol=0.02)
    assert np.abs(lab(matched)[12, 12, 1:]).max() < 4


def test_skin_tone_scales_no_chroma_beyond_its_limit() -> None:
    """What is missing then is shifted: skin moves all the way, and its distance to the lips keeps to the limit."""
    swapped, footage, weight = skin_with((0.6, 0.5, 0.42), (0.7, 0.42, 0.28), (0.6, 0.42, 0.38))
    before = lab(swapped)
    for limit in (1.0, 1.3):
        matched = SkinTone(max_gain=limit).match(swapped, footage, weight)
        np.testing.assert_allclose(matched[2, 2], footage[2, 2], atol=0.01)
        after = lab(matched)
        apart = [np.linalg.norm(of[12, 12, 1:] - of[2, 2, 1:]) for of in (before, after)]
        assert apart[1] == pytest.approx(limit * apart[0], rel=0.05)


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
    for option in OPTIONS.values():
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
    with pytest.raises(ConfigError, match=r"colour\.max_gain is 0\.9"):
        SkinTone(max_gain=0.9)


@pytest.mark.parametrize("map", ["monge", "symmetric"])
def test_linear_maps_move_mean_and_covariance(map: str) -> None:
    swapped, footage, weight = faces()
    mixing = np.array([[0.8, 0.3, 0.0], [0.1, 0.7, 0.2], [0.0, 0.1, 0.6]], np.float32)
    footage = np.clip(0.5 + (footage - 0.5) @ mixing, 0.05, 0.95).astype(np.float32)
    got = mean_and_covariance(*weighted_pixels(Linear(map=map).match(swapped, footage, weight), weight))
    wanted = mean_and_covariance(*weighted_pixels(footage, weight))
    np.testing.assert_allclose(got[0], wanted[0], atol=1e-4)
    np.testing.assert_allclose(got[1], wanted[1], atol=2e-5)


def test_monge_moves_colours_least() -> None:
    swapped, footage, weight = faces()
    turned = np.array([[0.9, 0.4, -0.3], [-0.2, 0.5, 0.3], [0.1, -0.2, 0.3]], np.float32)
    footage = (0.5 + (footage - 0.5) @ turned).astype(np.float32)
    swapped = (0.5 + (swapped - 0.45) @ np.diag([1.5, 0.3, 0.6])).astype(np.float32)
    moves = {map: np.square(Linear(map=map).match(swapped, footage, weight) - swapped).sum(-1) for map in MAPS}
    assert (weight * moves["monge"]).sum() < 0.99 * (weight * moves["symmetric"]).sum()


def test_carry_is_the_monotone_map_between_two_distributions() -> None:
    """From a uniform one to a normal one: the normal's quantile function."""
    rng = np.random.default_rng(1)
    uniform, normal = rng.uniform(0, 1, 200_000), rng.normal(3, 2, 200_000)
    shares = np.array([0.1, 0.5, 0.9])
    carried = carry(shares, uniform, np.ones(len(uniform)), normal, np.ones(len(normal)))
    np.testing.assert_allclose(carried, scipy.stats.norm.ppf(shares, 3, 2), atol=0.03)


def test_carry_counts_weights_as_so_many_pixels() -> None:
    values, to = np.array([0.0, 1.0, 2.0]), np.array([5.0, 6.0, 7.0, 9.0])
    once = carry(values, values, np.array([1.0, 2.0, 1.0]), to, np.array([1.0, 1.0, 3.0, 1.0]))
    assert (np.diff(once) > 0).all()
    np.testing.assert_allclose(carry(values, values, np.ones(3), values, np.ones(3)), values)


@pytest.mark.parametrize("option", [Histogram(strength=1.0), Sliced(steps=20)], ids=["histogram", "idt"])
def test_distributions_meet_channel_by_channel(option: Colour) -> None:
    swapped, footage, weight = faces()
    matched = option.match(swapped, footage, weight)
    for channel in range(3):
        ours, theirs = (weighted_pixels(image, weight)[0][:, channel] for image in (matched, footage))
        counted = weight.ravel()[weight.ravel() > 1e-3]
        gap = scipy.stats.wasserstein_distance(ours, theirs, counted, counted)
        assert gap < 0.01


def test_with_every_weight_1_the_histogram_is_skimage_s() -> None:
    swapped, footage, _ = faces()
    ours = Histogram(strength=1.0).match(swapped, footage, np.ones((SIZE, SIZE), np.float32))
    theirs = match_histograms(swapped, footage, channel_axis=-1)
    assert np.abs(ours - theirs).mean() < 2e-3


def test_seamless_takes_the_level_from_the_edge_and_the_gradients_from_the_face() -> None:
    """A face that differs by a slope from the footage is the footage; what is drawn inside stays as it is drawn."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    footage = np.stack([0.4 + 0.2 * x, 0.5 + 0.1 * y, 0.3 + 0.1 * x * y], -1).astype(np.float32)
    weight = np.zeros((SIZE, SIZE), np.float32)
    weight[3:-3, 3:-3] = 1
    face = footage + np.stack([0.1 + 0.1 * x, -0.2 * y, 0.05 * (x - y)], -1)
    inside = np.s_[3:-3, 3:-3]
    np.testing.assert_allclose(Seamless().match(face, footage, weight)[inside], footage[inside], atol=0.012)
    drawn = face.copy()
    drawn[10:14, 10:14] += 0.15
    added = Seamless().match(drawn, footage, weight) - footage
    np.testing.assert_allclose(added[10:14, 10:14], 0.15, atol=0.012)
    np.testing.assert_allclose(added[3:9, 3:-3], 0, atol=0.012)


def test_half_the_strength_goes_half_the_way() -> None:
    swapped, footage, weight = faces()
    for make in (Linear, Histogram, Sliced, Mean, Reinhard, SkinTone, Seamless):
        whole, half = (make(strength=strength).match(swapped, footage, weight) for strength in (1.0, 0.5))
        np.testing.assert_allclose(half, (whole + swapped) / 2, atol=2e-3)
        np.testing.assert_allclose(make(strength=0.0).match(swapped, footage, weight), swapped, atol=1e-6)
        with pytest.raises(ConfigError, match=r"colour\.strength=2"):
            make(strength=2)


def test_manual_settings_do_what_they_say() -> None:
    swapped, footage, weight = faces()
    assert np.abs(Manual().match(swapped, footage, weight) - swapped).max() < 1e-6
    bright = Manual(brightness=0.1).match(swapped, footage, weight)
    np.testing.assert_allclose(bright, np.clip(swapped + 0.1, 0, 1), atol=1e-6)
    grey = Manual(saturation=0.0).match(swapped, footage, weight)
    assert np.ptp(grey, axis=-1).max() < 1e-6
    np.testing.assert_allclose(grey[..., 0], swapped @ [0.299, 0.587, 0.114], atol=1e-5)
    warm = Manual(warmth=0.05).match(swapped, footage, weight) - swapped
    np.testing.assert_allclose(warm[5, 5], [0.05, 0, -0.05], atol=1e-6)
    np.testing.assert_allclose(Manual(gamma=2.0).match(swapped, footage, weight), np.sqrt(swapped), atol=1e-6)
    with pytest.raises(ConfigError, match=r"colour\.gamma=0 is out of range"):
        Manual(gamma=0)
