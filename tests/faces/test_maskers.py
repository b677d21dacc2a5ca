"""Every masker behind one contract, and what tells them apart."""

import pkgutil

import cv2
import numpy as np
import pytest
from scipy.spatial import ConvexHull

from faceswap_lab.core.errors import ConfigError, ShapeError
from faceswap_lab.faces import maskers
from faceswap_lab.faces.crop import CropSpec, mean_face_in_crop
from faceswap_lab.faces.face import OUTER_LIPS
from faceswap_lab.faces.finder import Masker, build_part
from faceswap_lab.faces.geometry import resize_affine, transform_points
from faceswap_lab.faces.mask_overlay import draw_overlay
from faceswap_lab.faces.maskers.components import Components
from faceswap_lab.faces.maskers.ellipse import Ellipse
from faceswap_lab.faces.maskers.hull import Hull
from faceswap_lab.faces.part_masks import eye_mask, mouth_mask, nostril_mask

NAMES = sorted(module.name for module in pkgutil.iter_modules(maskers.__path__))
POINTS = mean_face_in_crop(CropSpec("face", 256))
STILL = np.eye(2, 3)


@pytest.fixture(params=NAMES)
def masker(request: pytest.FixtureRequest) -> Masker:
    return build_part("masker", request.param)


def test_smoke(masker: Masker) -> None:
    mask = masker.mask(POINTS, STILL, 256)
    assert mask.shape == (256, 256)
    assert mask.dtype == np.uint8
    assert all(mask[round(y), round(x)] == 255 for x, y in POINTS[27:])
    assert mask[0, 0] == mask[-1, -1] == 0
    assert 0 < ((mask > 0) & (mask < 255)).sum() < 8 * 256, "only the edge is in between"


def test_one_region_without_holes(masker: Masker) -> None:
    inside = (masker.mask(POINTS, STILL, 256) > 127).astype(np.uint8)
    _, levels = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    assert len(levels[0]) == 1


def test_symmetric_for_a_symmetric_face(masker: Masker) -> None:
    mask = masker.mask(mean_face_in_crop(CropSpec("face", 128)), STILL, 128).astype(int)
    assert np.abs(mask - mask[:, ::-1]).max() <= 64


def test_the_matrix_moves_the_mask(masker: Masker) -> None:
    matrix = resize_affine(256, 64)
    expected = masker.mask(transform_points(matrix, POINTS), STILL, 64)
    np.testing.assert_array_equal(masker.mask(POINTS, matrix, 64), expected)


def test_it_turns_with_the_head(masker: Masker) -> None:
    turned = np.array([[0.0, -1.0, 255.0], [1.0, 0.0, 0.0]])  # by 90 degrees
    upright = np.rot90(masker.mask(POINTS, STILL, 256), -1).astype(int)
    assert np.abs(upright - masker.mask(transform_points(turned, POINTS), STILL, 256)).mean() < 1


def test_components_lie_inside_the_hull_and_follow_the_brows() -> None:
    hull, parts = Hull().mask(POINTS, STILL, 256), Components().mask(POINTS, STILL, 256)
    assert (parts.astype(int) <= hull.astype(int) + 64).all()
    assert 0.9 * hull.sum() < parts.sum() < 0.995 * hull.sum()
    middle = 128
    assert np.flatnonzero(parts[:, middle])[0] > np.flatnonzero(hull[:, middle])[0] + 4, "dips between the brows"


@pytest.mark.parametrize("forehead_ratio", [0.0, 0.25])
def test_area_of_the_ellipse(forehead_ratio: float) -> None:
    mask = Ellipse(forehead_ratio=forehead_ratio).mask(POINTS, STILL, 256)
    width, height = np.ptp(POINTS, axis=0)
    height += forehead_ratio * (POINTS[48:60, 1].mean() - POINTS[36:48, 1].mean())
    assert mask.sum() / 255 == pytest.approx(np.pi / 4 * width * height, rel=0.005)


def test_ellipse_refuses_a_forehead_out_of_range() -> None:
    with pytest.raises(ConfigError, match=r"masker\.forehead_ratio"):
        Ellipse(forehead_ratio=0.7)


# parts ---------------------------------------------------------------------------------------------------------------


def test_eyes_and_mouth_are_apart_and_cover_their_points() -> None:
    eyes, mouth = eye_mask(POINTS, STILL, 256), mouth_mask(POINTS, STILL, 256)
    assert all(eyes[round(y), round(x)] == 255 for x, y in POINTS[36:48])
    assert all(mouth[round(y), round(x)] == 255 for x, y in POINTS[48:68])
    assert not ((eyes > 0) & (mouth > 0)).any()
    assert cv2.connectedComponents((eyes > 127).astype(np.uint8))[0] == 3, "background and two eyes"


def test_the_nostrils_mask_is_the_rim_under_the_nose_between_eyes_and_mouth() -> None:
    nostrils = nostril_mask(POINTS, STILL, 256)
    assert all(nostrils[round(y), round(x)] == 255 for x, y in POINTS[31:36])
    rows = np.flatnonzero(nostrils.any(1))
    assert POINTS[28, 1] < rows.min() < rows.max() < POINTS[60:68, 1].min()


def test_area_of_the_mouth_grows_as_a_rounded_polygon() -> None:
    """Area + perimeter * r + pi r^2, by Steiner's formula."""
    hull = ConvexHull(POINTS[OUTER_LIPS])
    width = np.linalg.norm(np.ptp(POINTS[OUTER_LIPS], axis=0))
    for margin in (0.0, 0.1, 0.2):
        radius = margin * width
        expected = hull.volume + hull.area * radius + np.pi * radius**2
        assert mouth_mask(POINTS, STILL, 256, margin=margin).sum() / 255 == pytest.approx(expected, rel=0.03)


def test_a_closed_eye_keeps_its_mask() -> None:
    closed = POINTS.copy()
    for eye in (slice(36, 42), slice(42, 48)):
        closed[eye, 1] = closed[eye, 1].mean()
    assert eye_mask(closed, STILL, 256).sum() > 0.6 * eye_mask(POINTS, STILL, 256).sum()


# overlay -------------------------------------------------------------------------------------------------------------


def test_overlay_tints_inside_and_leaves_the_rest() -> None:
    crop, mask = np.full((256, 256, 3), 100, np.uint8), Hull().mask(POINTS, STILL, 256)
    drawn = draw_overlay(crop, mask, colour=(200, 0, 0), opacity=0.5)
    np.testing.assert_array_equal(drawn[128, 128], [150, 50, 50])
    assert (drawn[mask == 0] == 100).all(1).mean() > 0.99
    assert (drawn == (200, 0, 0)).all(2).sum() > 300, "the outline is drawn in the full colour"
    assert (crop == 100).all()
    with pytest.raises(ShapeError, match="not of one size"):
        draw_overlay(crop, mask[:100])
