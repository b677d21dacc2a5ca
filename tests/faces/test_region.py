"""Drawn regions: their area follows closed forms, grown or not."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap_lab.faces.region import fill_hulls

EDGE_PX = 0.35  # an outline lies within this of where it should: thicknesses are whole quarters of a pixel


@given(seed=st.integers(0, 2**32 - 1), grow_px=st.floats(0, 25))
def test_a_grown_hull_has_steiners_area(seed: int, grow_px: float) -> None:
    """A convex region grown by r gains perimeter times r and a disc of radius r."""
    points_N2 = np.random.default_rng(seed).uniform(80, 176, (6, 2))
    hull = cv2.convexHull(points_N2.astype(np.float32))
    perimeter = cv2.arcLength(hull, True)
    area = cv2.contourArea(hull) + perimeter * grow_px + math.pi * grow_px**2
    drawn = fill_hulls([points_N2], 256, grow_px=grow_px).sum(dtype=np.float64) / 255
    assert abs(drawn - area) <= EDGE_PX * (perimeter + 2 * math.pi * grow_px) + 1


def test_parts_are_united_not_joined() -> None:
    left, right = (np.array([[x, 20.0], [x + 10, 20.0], [x + 10, 30.0], [x, 30.0]]) for x in (10.0, 50.0))
    mask = fill_hulls([left, right], 80)
    assert mask.sum(dtype=np.float64) / 255 == pytest.approx(200, abs=80 * EDGE_PX)
    assert mask[25, 15] == mask[25, 55] == 255
    assert mask[25, 40] == 0
