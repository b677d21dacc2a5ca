"""The hull mask: area, edge and place."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from faceswap_lab.core.errors import ConfigError
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


def test_forehead_is_added_above_the_brows_only() -> None:
    points = mean_face_in_crop(CropSpec("face", 256))
    plain, raised = Hull().mask(points, np.eye(2, 3), 256), Hull(forehead_ratio=0.25).mask(points, np.eye(2, 3), 256)
    assert (raised >= plain).all()
    eyes_to_mouth = points[48:60, 1].mean() - points[36:48, 1].mean()
    grown = np.flatnonzero(plain[:, 128])[0] - np.flatnonzero(raised[:, 128])[0]
    assert grown == pytest.approx(0.25 * eyes_to_mouth, abs=2)
    below = int(points[36:48, 1].max())
    np.testing.assert_array_equal(raised[below:], plain[below:])


def test_forehead_follows_a_turned_head() -> None:
    points = mean_face_in_crop(CropSpec("face", 256))
    turned = np.array([[0.0, -1.0, 255.0], [1.0, 0.0, 0.0]])  # by 90 degrees
    upright = hull_mask(points, np.eye(2, 3), 256, forehead_ratio=0.25)
    lying = hull_mask(transform_points(turned, points), np.eye(2, 3), 256, forehead_ratio=0.25)
    assert np.abs(np.rot90(upright, -1).astype(int) - lying).mean() < 1


@pytest.mark.parametrize("ratio", [-0.1, 0.6])
def test_forehead_out_of_range_is_refused(ratio: float) -> None:
    with pytest.raises(ConfigError, match="forehead_ratio"):
        Hull(forehead_ratio=ratio)


def test_mask_is_symmetric_for_a_symmetric_face() -> None:
    mask = hull_mask(mean_face_in_crop(CropSpec("face", 128)), np.eye(2, 3), 128).astype(int)
    # cv2 fills a polygon's left and right edge by different rules: a quarter of a pixel here and there.
    assert np.abs(mask - mask[:, ::-1]).max() <= 64


def test_matrix_moves_the_mask() -> None:
    points = mean_face_in_crop(CropSpec("face", 256))
    matrix = resize_affine(256, 64)
    expected = hull_mask(transform_points(matrix, points), np.eye(2, 3), 64)
    np.testing.assert_array_equal(hull_mask(points, matrix, 64), expected)
