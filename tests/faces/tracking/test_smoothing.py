"""Smoothing without lag: what it removes, and what it must leave."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.finder import build_finder
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.faces.trackers.landmarks import Landmarks
from faceswap_lab.faces.tracking.follow import FaceFollower
from faceswap_lab.faces.tracking.smoothing import Smoother
from faceswap_lab.media.footage import open_footage

Path_T682 = NDArray[np.float64]

FACE_682 = MEAN_FACE_682 * 100
UNIT = float(np.linalg.norm(FACE_682[45] - FACE_682[36]))
WIDTH = float(np.linalg.norm(FACE_682[16] - FACE_682[0]))


def smoothed(path_T682: Path_T682, strength: str) -> Path_T682:
    smoother = Smoother(strength)
    reaches = [min(smoother.half_width, t, len(path_T682) - 1 - t) for t in range(len(path_T682))]
    return np.stack([smoother.smooth(path_T682[t - r : t + r + 1]) for t, r in enumerate(reaches)])


def jitters(path_T682: Path_T682) -> NDArray[np.float64]:
    """Root mean square of the points' second difference in time, without the first and last frame."""
    return np.sqrt(np.square(np.diff(path_T682, 2, axis=0)).sum(2).mean(1))


@pytest.mark.parametrize("strength", ["light", "strong"])
def test_tremor_at_rest_is_at_least_halved(strength: str) -> None:
    rng = np.random.default_rng(3)
    path = FACE_682 + rng.normal(0, 0.005 * UNIT, (80, 68, 2))
    assert jitters(smoothed(path, strength)).mean() < 0.4 * jitters(path).mean()


@pytest.mark.parametrize("strength", ["light", "strong"])
def test_steady_motion_is_left_as_it_is_without_lag(strength: str) -> None:
    path = FACE_682 + np.arange(40.0)[:, None, None] * [0.08 * UNIT, -0.05 * UNIT]
    np.testing.assert_allclose(smoothed(path, strength), path, atol=1e-6 * UNIT)


def test_the_peak_of_a_fast_nod_stays_within_a_hundredth_of_the_face() -> None:
    nod_T = 0.35 * UNIT * np.sin(2 * np.pi * np.arange(60) / 14)  # nearly two a second
    path = FACE_682 + nod_T[:, None, None] * [0.0, 1.0]
    assert np.abs(smoothed(path, "light") - path).max() < 0.01 * WIDTH


def test_a_blink_neither_vanishes_nor_moves_the_mouth() -> None:
    path = np.repeat(FACE_682[None], 21, axis=0)
    lids, depth = [37, 38, 43, 44], 0.12 * UNIT
    path[10, lids, 1] += depth
    after = smoothed(path, "light")
    assert (after[10, lids, 1] - FACE_682[lids, 1] > 0.8 * depth).all()
    np.testing.assert_allclose(after[:, 48:], path[:, 48:], atol=1e-9)


def test_mirrored_time_gives_the_mirrored_path() -> None:
    rng = np.random.default_rng(4)
    path = FACE_682 + rng.normal(0, 0.03 * UNIT, (20, 68, 2)).cumsum(0)
    np.testing.assert_allclose(smoothed(path[::-1], "light")[::-1], smoothed(path, "light"), atol=1e-9)


def test_off_changes_nothing_and_unknown_strengths_are_refused() -> None:
    assert Smoother("off").half_width == 0
    np.testing.assert_array_equal(Smoother("off").smooth(FACE_682[None]), FACE_682)
    with pytest.raises(ConfigError, match=r"refine\.smooth='much'.*off, light, strong"):
        Smoother("much")


@pytest.mark.hard
@pytest.mark.parametrize("clip", ["man_kitchen", "woman_outdoors"])
def test_on_real_footage_still_stretches_calm_down_and_fast_moves_stay(footage_dir: Path, clip: str) -> None:
    """Stillest two fifths of the frames, fastest tenth; travel is each part's way within 17 frames around those."""
    frames = open_footage(footage_dir / "clips" / f"{clip}.mp4").frames(FrameRange.parse("0:250"))
    follower = FaceFollower(build_finder(), Landmarks())
    path = np.stack([followed.faces[0].face.landmarks_682 for followed in follower.follow(frames)])
    after = smoothed(path, "light")
    width = float(np.linalg.norm(path[:, 16] - path[:, 0], axis=1).mean())
    speed = np.linalg.norm(np.diff(path.mean(1), axis=0), axis=1)
    speed = np.convolve(np.append(speed, speed[-1]), np.ones(5) / 5, "same")
    still = (speed < np.percentile(speed, 40))[1:-1]
    before, calmed = (np.sqrt(np.square(jitters(one)[still]).mean()) for one in (path, after))
    assert calmed < 0.5 * before
    changes = []
    for t in np.flatnonzero(speed > np.percentile(speed, 90)):
        first, end = max(0, t - 8), t + 9
        for part in (slice(0, 17), slice(17, 27), slice(27, 36), slice(36, 48), slice(48, 68)):
            start = path[first, part].mean(0)
            ways = [np.linalg.norm(one[first:end, part].mean(1) - start, axis=1).max() for one in (path, after)]
            changes.append(abs(ways[1] - ways[0]) / width)
    assert max(changes) < 0.01
