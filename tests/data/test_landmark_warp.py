"""Bending into another's shape: landmarks arrive where they are wanted, the frame stays, goals keep their own shape."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.seeding import generator
from faceswap_lab.data.augment import Augment
from faceswap_lab.data.landmark_warp import LandmarkWarp, bend
from faceswap_lab.data.nearest_shapes import NearestShapes
from faceswap_lab.data.warp import A, Shapes, regular_grid
from faceswap_lab.faces.crop import CropSpec, mean_face_in_crop
from faceswap_lab.faces.faceset import Faceset

SIZE = 96
OWN = mean_face_in_crop(CropSpec("head", SIZE))
STILL = partial(LandmarkWarp, spread=0.0, rotation_deg=0.0, scale_ratio=0.0, shift_ratio=0.0)


def smiling(shift: float = 3.0) -> np.ndarray:
    """The same face with its mouth lower."""
    wanted = OWN.copy()
    wanted[48:68, 1] += shift
    return wanted


def test_what_lies_where_a_landmark_is_wanted_is_that_landmark() -> None:
    side = SIZE + 1
    bent = bend(OWN, smiling(), size=SIZE, side=side).reshape(side, side, 2)
    ends = np.linspace(-0.5, SIZE - 0.5, side)
    look_at = RegularGridInterpolator((ends, ends), bent)(smiling()[:, ::-1])
    inner = slice(17, 68)
    np.testing.assert_allclose(look_at[inner], OWN[inner], atol=0.7)  # triangles end between points of the grid


def test_its_own_shape_bends_nothing_and_the_frame_never_moves() -> None:
    np.testing.assert_allclose(bend(OWN, OWN, size=SIZE, side=17), regular_grid(SIZE, 17), atol=1e-9)
    bent = bend(OWN, smiling(12.0), size=SIZE, side=17).reshape(17, 17, 2)
    plain = regular_grid(SIZE, 17).reshape(17, 17, 2)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        np.testing.assert_allclose(bent[edge], plain[edge], atol=1e-9)


def test_a_jaw_among_the_features_is_left_out() -> None:
    """A chin between the eyes would turn the face inside out; without it, its place does not matter."""
    crossed, elsewhere = smiling(), smiling()
    crossed[8] = OWN[36:48].mean(0)
    elsewhere[8] = OWN[36:48].mean(0) + 1
    one, other = (bend(OWN, wanted, size=SIZE, side=17) for wanted in (crossed, elsewhere))
    np.testing.assert_array_equal(one, other)
    assert np.abs(one - regular_grid(SIZE, 17)).max() < 8


def picture() -> np.ndarray:
    """Grey with something red between the lips."""
    y, x = np.mgrid[:SIZE, :SIZE]
    centre = OWN[48:68].mean(0)
    mouth = (np.abs(x - centre[0]) < 4) & (np.abs(y - centre[1]) < 2)
    crop = np.full((SIZE, SIZE, 4), 128, np.uint8)
    crop[mouth] = (255, 0, 0, 128)
    return crop


def _mouth(image: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(image[..., 0] > image[..., 1].astype(int) + 60)
    return np.array([columns.mean(), rows.mean()])


@pytest.mark.parametrize("flip", [0.0, 1.0])
def test_the_input_takes_on_the_shape_and_the_goal_does_not(flip: float) -> None:
    augment = Augment(SIZE, target_size=SIZE, warp=STILL, shared={"flip": A.HorizontalFlip(p=flip)})
    wanted = OWN.copy()
    wanted[48:68] += (6.0, 5.0)
    pair = augment(picture(), generator(1), shapes=Shapes(OWN, wanted, SIZE))
    goal = augment.goal(picture(), generator(1))
    np.testing.assert_array_equal(pair.target_SS4, goal)
    direction = -1 if flip else 1
    moved = _mouth(pair.warped_SS3) - _mouth(goal)
    np.testing.assert_allclose(moved, (direction * 6.0, 5.0), atol=1.0)


def test_the_shape_is_one_of_the_nearest_of_the_other(make_faceset: Callable[..., Faceset]) -> None:
    rows = [make_faceset(name, 20).rows() for name in ("ada", "ben")]
    other = [replace(row, landmarks_682=row.landmarks_682 + abs(n - 12) / 10) for n, row in enumerate(rows[1])]
    shapes = NearestShapes([rows[0], other], crop_size=40, size=80, choices=3)
    drawn = [shapes.draw(0, 3, 1, generator(2, number)) for number in range(20)]
    assert all(one.size == 80 for one in drawn)
    matrix = rows[0][3].frame_to_crop
    expected = (rows[0][3].landmarks_682 @ matrix[:, :2].T + matrix[:, 2] + 0.5) * 2 - 0.5
    np.testing.assert_allclose(drawn[0].own_L2, expected, atol=1e-6)
    strays = {round(float((one.other_L2 - one.own_L2).mean()) / (2 * matrix[0, 0]), 3) for one in drawn}
    assert strays == {0.0, 0.1}, "faces 11, 12 and 13"


def test_values_out_of_range_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"spread=0\.5"):
        LandmarkWarp(32, 32, spread=0.5)
