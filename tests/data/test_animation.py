"""Performances stay within their ranges, are smooth, and depend on their seed alone."""

import numpy as np
import pytest

from faceswap_lab.data.animation import Light, Moment, animate
from faceswap_lab.data.audio_track import RATE_HZ, murmur
from faceswap_lab.data.relight import apply_light


@pytest.mark.parametrize("seed", [1, 1000, 1011])
def test_ranges_are_kept_and_used(seed: int) -> None:
    moments = animate(seed, num_frames=250)
    for name, limit in (("yaw_deg", 25.0), ("pitch_deg", 12.0), ("roll_deg", 10.0)):
        values = np.array([getattr(moment, name) for moment in moments])
        assert np.abs(values).max() <= limit
        assert np.ptp(values) > 0.8 * limit
    opening = np.array([moment.mouth_opening for moment in moments])
    assert 0.0 <= opening.min() < 0.02
    assert opening.max() < 0.46
    assert opening.std() >= 0.06


def test_blinks_last_about_a_quarter_of_a_second_and_come_every_few_seconds() -> None:
    lids = np.array([moment.lids for moment in animate(3, num_frames=1000, fps=100.0)])
    closing = np.flatnonzero((lids[1:] > 0.5) & (lids[:-1] <= 0.5))
    assert 2 <= len(closing) <= 5
    assert lids.max() == pytest.approx(1.0)
    assert 0.1 < (lids > 0.5).sum() / 100.0 / len(closing) < 0.3


def test_movement_is_smooth() -> None:
    yaw = np.array([moment.yaw_deg for moment in animate(5, num_frames=500)])
    assert np.abs(np.diff(yaw)).max() < 4.0, "degrees a frame"
    assert np.abs(np.diff(yaw, 2)).max() < 0.6


def test_a_seed_repeats_another_differs_and_a_short_clip_begins_a_long_one() -> None:
    assert animate(7, num_frames=20) == animate(7, num_frames=20)
    assert animate(7, num_frames=20) != animate(8, num_frames=20)
    assert animate(7, num_frames=20) == animate(7, num_frames=60)[:20]


def test_the_default_light_changes_nothing_and_warm_light_is_orange() -> None:
    image = np.random.default_rng(0).integers(20, 200, (32, 48, 3), dtype=np.uint8)
    np.testing.assert_array_equal(apply_light(image, Light()), image)
    red, _, blue = (apply_light(image, Light(warmth=1.0)).astype(float) - image).mean((0, 1))
    assert red > 0.0 > blue
    brighter_right = apply_light(np.full((32, 48, 3), 100, np.uint8), Light(slope_2=(0.3, 0.0)))
    assert brighter_right[:, -1].mean() > 110 > 90 > brighter_right[:, 0].mean()


def test_the_voice_is_loud_where_the_mouth_is_open() -> None:
    opening = np.array([moment.mouth_opening for moment in animate(9, num_frames=100)])
    samples = murmur(opening, fps=25.0, seed=9)
    assert samples.dtype == np.float32
    assert samples.shape == (4 * RATE_HZ,)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=1e-3)
    loudness = np.sqrt(np.square(samples.reshape(100, -1)).mean(1))
    assert np.corrcoef(loudness, opening)[0, 1] > 0.8
    np.testing.assert_array_equal(samples, murmur(opening, fps=25.0, seed=9))


def test_a_still_mouth_is_silent() -> None:
    assert not murmur(np.zeros(5), fps=25.0, seed=1).any()
    assert Moment().mouth_opening == 0.0
