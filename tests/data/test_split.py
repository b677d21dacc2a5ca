"""Blocks of time: no validation face within the gap of a training face of the same footage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.data.split import Split, split_by_range, split_by_time


def least_distance_s(split: Split, media: np.ndarray, pts_s: np.ndarray) -> float:
    return min(
        (
            abs(pts_s[held] - pts_s[trained])
            for held in split.validation
            for trained in split.training
            if media[held] == media[trained]
        ),
        default=np.inf,
    )


def test_the_end_of_a_clip_validates_after_a_gap() -> None:
    pts_s = np.arange(250) / 25
    split = split_by_time(np.full(250, "a"), pts_s)
    span = pts_s[-1]
    assert pts_s[split.validation].min() == pytest.approx(0.85 * span, abs=0.04)
    assert least_distance_s(split, np.full(250, "a"), pts_s) >= min(1.0, span / 10) - 1e-6
    assert pts_s[split.training].max() == pytest.approx(0.85 * span - span / 10, abs=0.04)


def test_a_long_clip_has_a_gap_of_a_second() -> None:
    pts_s = np.arange(1000) / 25
    split = split_by_time(np.full(1000, "a"), pts_s)
    assert 1.0 - 1e-6 <= pts_s[split.validation].min() - pts_s[split.training].max() <= 1.05


def test_every_footage_is_split_by_its_own_time() -> None:
    media = np.repeat(["a", "b"], 300)
    pts_s = np.concatenate([np.arange(300) / 25, 100 + np.arange(300) / 30])
    split = split_by_time(media, pts_s)
    for name in "ab":
        assert 30 <= (media[split.validation] == name).sum() <= 60


def test_stills_are_dealt_out_whole() -> None:
    media = np.array([f"{number:02d}" for number in range(20)])
    split = split_by_time(media, np.zeros(20))
    assert split.validation.tolist() == [17, 18, 19]
    assert len(split.training) == 17


def test_a_single_moment_trains() -> None:
    split = split_by_time(np.full(20, "a"), np.zeros(20))
    assert len(split.training) == 20
    assert len(split.validation) == 0


@given(
    times=st.lists(st.integers(0, 3000), min_size=2, max_size=60, unique=True),
    ratio=st.floats(0.05, 0.5),
)
def test_nothing_is_in_both_and_the_gap_holds(times: list[int], ratio: float) -> None:
    pts_s, media = np.sort(np.array(times)) / 25, np.full(len(times), "a")
    split = split_by_time(media, pts_s, validation_ratio=ratio)
    assert not set(split.training) & set(split.validation)
    assert len(split.validation)
    gap_s = min(1.0, (pts_s[-1] - pts_s[0]) / 10)
    assert least_distance_s(split, media, pts_s) >= gap_s - 1e-5


def test_a_range_trains_and_the_rest_a_second_away_validates() -> None:
    frames = np.arange(500)
    split = split_by_range(np.full(500, "a"), frames, frames / 25, training_frames=FrameRange.parse("0:360"))
    assert split.training.tolist() == list(range(360))
    assert split.validation.tolist() == list(range(384, 500))


def test_a_range_with_a_hole_validates_inside_it() -> None:
    frames = np.arange(500)
    split = split_by_range(np.full(500, "a"), frames, frames / 25, training_frames=FrameRange.parse("0:200,300:"))
    assert split.validation.tolist() == list(range(224, 276))
