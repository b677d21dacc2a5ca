"""The pose error and figures that stay finite."""

import math
from dataclasses import dataclass

import pytest

from faceswap_lab.evaluation.finite import mean_or_none, ratio_or_none, rounded, std_or_none
from faceswap_lab.evaluation.pose_error import pose_error_deg


@dataclass
class Pose:
    yaw_deg: float
    pitch_deg: float
    roll_deg: float


def test_pose_error_is_the_length_of_the_difference_and_wraps() -> None:
    assert pose_error_deg(Pose(3.0, 4.0, 0.0), Pose(0.0, 0.0, 0.0)) == pytest.approx(5.0)
    assert pose_error_deg(Pose(0.0, 0.0, 179.0), Pose(0.0, 0.0, -179.0)) == pytest.approx(2.0)


def test_figures_are_finite_or_none() -> None:
    assert mean_or_none([]) is None
    assert mean_or_none([1.0, 2.0]) == 1.5
    assert mean_or_none([math.nan]) is None
    assert std_or_none([1.0, 3.0]) == 1.0
    assert ratio_or_none(1.0, 0.0) is None
    assert ratio_or_none(None, 2.0) is None
    assert ratio_or_none(1.0, 3.0) == 0.3333333
    assert rounded(math.inf) is None
