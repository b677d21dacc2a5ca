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


def square_of_landmarks(side: float) -> np.ndarray:
    """Sixty-eight points whose hull is a square of that side."""
    inner = np.random.default_rng(2).uniform(0.1 * side, 0.9 * side, (64, 2))
    return np.concatenate([inner, [[0.0, 0.0], [side, 0.0], [side, side], [0.0, side]]])


def test_ratio_counts_opaque_pixels_over_hull_area() -> None:
    alpha = np.zeros((40, 40))
    alpha[:10, :10], alpha[10:20, :10] = 0.99, 0.9
    assert opaque_hull_ratio(alpha, square_of_landmarks(20.0)) == pytest.approx(100 / 400)
    assert opaque_hull_ratio(np.ones((40, 40)), square_of_landmarks(20.0)) == pytest.approx(4.0)


def test_ratio_errors() -> None:
    with pytest.raises(ShapeError, match="no area"):
        opaque_hull_ratio(np.ones((4, 4)), np.zeros((68, 2)))


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
