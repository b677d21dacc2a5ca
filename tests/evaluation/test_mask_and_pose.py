"""The opaque share of the hull, the pose error, and figures that stay finite."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.evaluation.finite import mean_or_none, ratio_or_none, rounded, std_or_none
from faceswap_lab.evaluation.mask_area import opaque_hull_ratio
from faceswap_lab.evaluation.pose_error import pose_error_deg


@dataclass
class Pose:
    yaw_deg: float
    pitch_deg: float
    roll_deg: float


def test_ratio_counts_opaque_pixels_over_hull_pixels() -> None:
    hull = np.zeros((10, 10), np.uint8)
    hull[:, :8] = 255
    alpha = np.zeros((10, 10))
    alpha[:, :4], alpha[:, 4:6] = 1.0, 0.9
    assert opaque_hull_ratio(alpha, hull) == pytest.approx(0.5)
    assert opaque_hull_ratio(np.ones((10, 10)), hull) == pytest.approx(1.25)


def test_ratio_errors() -> None:
    with pytest.raises(ShapeError, match="one shape"):
        opaque_hull_ratio(np.ones((4, 4)), np.ones((5, 5)))
    with pytest.raises(ShapeError, match="empty"):
        opaque_hull_ratio(np.ones((4, 4)), np.zeros((4, 4), np.uint8))


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
    assert ratio_or_none(1.0, 3.0) == 0.3333
    assert rounded(math.inf) is None
