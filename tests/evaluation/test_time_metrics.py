"""Jerk, colour drift, identity variance and the bootstrap: what trembles, drifts or wavers more scores worse."""

import numpy as np
import pytest

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.evaluation.bootstrap import block_places, interval
from faceswap_lab.evaluation.colour_drift import colour_drift, mean_colour
from faceswap_lab.evaluation.identity_variance import identity_variance
from faceswap_lab.evaluation.jerk import landmark_jerk
from faceswap_lab.faces.face import OUTER_EYES
from faceswap_lab.faces.mean_face import MEAN_FACE_682

FRAMES = np.arange(60)
EYES = float(np.linalg.norm(MEAN_FACE_682[OUTER_EYES[0]] - MEAN_FACE_682[OUTER_EYES[1]]))


def moving(shake: float = 0.0) -> np.ndarray:
    """A face on a parabola, trembling."""
    path = np.column_stack([0.01 * FRAMES, 0.0005 * FRAMES**2])
    generator = np.random.default_rng(3)
    return MEAN_FACE_682 + path[:, None] + generator.normal(0.0, shake, (len(FRAMES), 68, 2))


def test_a_smooth_path_has_no_jerk_and_one_jump_has_its_own() -> None:
    assert landmark_jerk(moving(), FRAMES) == pytest.approx(np.zeros(57), abs=1e-12)
    jumped = moving()
    jumped[30:] += (0.1, 0.0)  # third differences of a step: 1, -2, 1
    assert landmark_jerk(jumped, FRAMES).sum() == pytest.approx((1 + 2 + 1) * 0.1 / EYES, rel=0.01)


def test_more_trembling_and_shuffled_frames_have_more_jerk() -> None:
    jerks = [landmark_jerk(moving(shake), FRAMES).mean() for shake in (0.0, 0.001, 0.003, 0.01)]
    assert jerks == sorted(jerks)
    order = np.random.default_rng(0).permutation(60)
    assert landmark_jerk(moving()[order], FRAMES).mean() > 100 * landmark_jerk(moving(0.0), FRAMES).mean() + 0.1


def test_only_frames_that_follow_one_another_count() -> None:
    assert landmark_jerk(moving(0.01)[::2], FRAMES[::2]).size == 0
    gap = np.delete(np.arange(60), 30)
    assert landmark_jerk(moving(0.01)[gap], FRAMES[gap]).size == 57 - 4
    assert landmark_jerk(moving()[:3], FRAMES[:3]).size == 0
    with pytest.raises(ShapeError, match="landmarks"):
        landmark_jerk(moving(), FRAMES[:5])


def test_a_constant_tone_is_no_drift_and_a_wave_is_its_amplitude() -> None:
    footage = np.random.default_rng(1).normal(50.0, 3.0, (40, 3))
    assert colour_drift(footage + (5.0, 2.0, -1.0), footage) == pytest.approx(0.0, abs=1e-9)
    wave = np.where(np.arange(40) % 2, 1.0, -1.0)[:, None] * (0.0, 3.0, 4.0)
    assert colour_drift(footage + wave, footage) == pytest.approx(5.0)
    with pytest.raises(ShapeError, match="colours"):
        colour_drift(footage, footage[:3])


def test_the_mean_colour_is_that_inside_the_mask() -> None:
    crop, mask = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8)
    crop[:4] = 255
    mask[:4] = 1
    assert mean_colour(crop, mask) == pytest.approx([100.0, 0.0, 0.0], abs=0.05)


def test_identity_variance_is_the_mean_square_about_the_mean() -> None:
    generator = np.random.default_rng(0)
    steady = np.tile(generator.normal(size=128), (20, 1))
    assert identity_variance(steady) == pytest.approx(0.0)
    away = generator.normal(size=(20, 128))
    spreads = [identity_variance(steady + share * away) for share in (0.0, 0.1, 0.3)]
    assert spreads == sorted(spreads)
    assert spreads[2] == pytest.approx(9 * spreads[1])
    assert identity_variance(np.array([[0.0, 0.0], [2.0, 0.0]])) == 1.0
    with pytest.raises(ShapeError, match="descriptors"):
        identity_variance(np.zeros((0, 128)))


def test_blocks_are_stretches_of_time() -> None:
    places = block_places(120, np.random.default_rng(0))
    assert len(places) == 120
    assert places.min() >= 0
    assert places.max() < 120
    assert (np.diff(places) == 1).mean() > 0.85
    assert len(block_places(7, np.random.default_rng(0))) == 7


def test_the_interval_covers_the_mean_about_as_often_as_it_says_also_of_twins() -> None:
    generator, covered, naive = np.random.default_rng(5), 0, 0
    for _ in range(100):
        series = np.repeat(generator.normal(size=30), 5)  # five frames that are the same
        low, high = interval(lambda places, s=series: float(s[places].mean()), len(series), draws=100) or (1.0, 0.0)
        covered += low <= 0.0 <= high
        naive += abs(series.mean()) <= 1.96 * series.std() / np.sqrt(len(series))
    assert covered >= 80
    assert covered > naive + 15, "single frames promise too much"


def test_the_interval_is_a_function_of_its_seed_and_says_nothing_of_few_frames() -> None:
    series = np.random.default_rng(0).normal(size=50)

    def mean(places: np.ndarray) -> float:
        return float(series[places].mean())

    assert interval(mean, 50) == interval(mean, 50)
    assert interval(mean, 50) != interval(mean, 50, seed=1)
    assert interval(mean, 11) is None
    assert interval(lambda _: None, 50) is None
