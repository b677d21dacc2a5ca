"""The hull mask: area, edge and place."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from faceswap_lab.faces.crop import CropSpec, mean_face_in_crop
from faceswap_lab.faces.geometry import resize_affine, transform_points
from faceswap_lab.faces.maskers.hull import Hull, hull_mask


@pytest.mark.parametrize("size", [64, 96, 256])
def test_area_is_that_of_the_hull(size: int) -> None:
    points = mean_face_in_crop(CropSpec("face", size))
    mask = hull_mask(points, np.eye(2, 3), size)
    assert mask.shape == (size, size)
    assert mask.dtype == np.uint8
    assert mask.sum() / 255 == pytest.approx(ConvexHull(points).volume, rel=0.02)
    assert 0 < ((mask > 0) & (mask < 255)).sum() < 8 * size  # only the edge is in between


def test_landmarks_inside_are_covered_and_corners_are_not() -> None:
    points = mean_face_in_crop(CropSpec("face", 256))
    mask = Hull().mask(points, np.eye(2, 3), 256)
    assert all(mask[round(y), round(x)] == 255 for x, y in points[27:])
    assert mask[0, 0] == mask[-1, -1] == 0


def test_mask_is_symmetric_for_a_symmetric_face() -> None:
    mask = hull_mask(mean_face_in_crop(CropSpec("face", 128)), np.eye(2, 3), 128).astype(int)
    assert np.abs(mask - mask[:, ::-1]).max() <= 32  # a sixteenth of a pixel in place


def test_matrix_moves_the_mask() -> None:
    points = mean_face_in_crop(CropSpec("face", 256))
    matrix = resize_affine(256, 64)
    expected = hull_mask(transform_points(matrix, points), np.eye(2, 3), 64)
    np.testing.assert_array_equal(hull_mask(points, matrix, 64), expected)
