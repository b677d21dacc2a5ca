"""Similarity fits against closed forms, other libraries and properties; matrices against their definitions."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.transform import SimilarityTransform

from faceswap_lab.core.errors import NoFaceError, ShapeError
from faceswap_lab.faces.geometry import (
    affine_scale,
    compose_affine,
    fit_similarity,
    invert_affine,
    resize_affine,
    transform_points,
)
from faceswap_lab.faces.mean_face import MEAN_FACE_682

seeds = st.integers(0, 2**32 - 1)


def random_points(seed: int, num_points: int = 51) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-500, 1500, (num_points, 2))


def similarity(scale: float, turn: float, dx: float, dy: float) -> np.ndarray:
    cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
    return np.array([[cosine, -sine, dx], [sine, cosine, dy]])


@given(
    seeds,
    st.floats(0.01, 100),
    st.floats(-np.pi, np.pi),
    st.floats(-1e4, 1e4),
    st.floats(-1e4, 1e4),
    st.integers(2, 68),
)
def test_recovers_any_similarity(seed: int, scale: float, turn: float, dx: float, dy: float, num_points: int) -> None:
    expected = similarity(scale, turn, dx, dy)
    points = random_points(seed, num_points)
    found = fit_similarity(points, transform_points(expected, points))
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7 * max(1.0, abs(dx), abs(dy), 1e3 * scale))


@given(seeds, seeds)
def test_never_mirrors(seed: int, other: int) -> None:
    matrix = fit_similarity(random_points(seed), random_points(other))
    assert np.linalg.det(matrix[:, :2]) >= 0
    mirrored = fit_similarity(MEAN_FACE_682, MEAN_FACE_682 * [-1, 1])
    assert np.linalg.det(mirrored[:, :2]) >= 0


@given(seeds)
def test_no_other_similarity_lies_nearer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    moving, fixed = random_points(seed), random_points(seed + 1)
    best = fit_similarity(moving, fixed)
    error = np.square(transform_points(best, moving) - fixed).sum()
    nudged = compose_affine(best, similarity(*(1 + rng.normal(0, 1e-3, 1)), *rng.normal(0, [1e-3, 1, 1])))
    assert np.square(transform_points(nudged, moving) - fixed).sum() >= error * (1 - 1e-12)


def test_agrees_with_scikit_image_and_with_opencv_on_exact_points() -> None:
    rng = np.random.default_rng(0)
    moving = random_points(1)
    fixed = transform_points(similarity(0.3, 0.4, 5, -7), moving) + rng.normal(0, 2, moving.shape)
    found = fit_similarity(moving, fixed)
    np.testing.assert_allclose(found, SimilarityTransform.from_estimate(moving, fixed).params[:2], atol=1e-9)
    exact = transform_points(similarity(0.3, 0.4, 5, -7), moving)
    np.testing.assert_allclose(fit_similarity(moving, exact), cv2.estimateAffinePartial2D(moving, exact)[0], atol=1e-4)


def test_two_points_have_a_closed_form() -> None:
    """One complex division: two points fix a similarity."""
    moving, fixed = np.array([[0.0, 0], [2, 0]]), np.array([[5.0, 5], [5, 9]])
    np.testing.assert_allclose(fit_similarity(moving, fixed), [[0, -2, 5], [2, 0, 5]], atol=1e-12)


@pytest.mark.parametrize("shapes", [((3, 2), (4, 2)), ((3, 3), (3, 3)), ((1, 2), (1, 2)), ((6,), (6,))])
def test_errors_of_shape(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    with pytest.raises(ShapeError, match="equal shape"):
        fit_similarity(np.ones(shapes[0]), np.ones(shapes[1]))


@pytest.mark.parametrize("moving", [np.full((51, 2), 1e5 / 3), np.full((51, 2), np.nan)])
def test_errors_without_extent(moving: np.ndarray) -> None:
    with pytest.raises(NoFaceError, match="coincide or are not finite"):
        fit_similarity(moving, random_points(0))


@given(seeds)
def test_inverse_and_composition(seed: int) -> None:
    first, then = np.random.default_rng(seed).normal(size=(2, 2, 3)) + np.eye(2, 3) * 3
    points = random_points(seed, 9)
    carried = transform_points(then, transform_points(first, points))
    np.testing.assert_allclose(transform_points(compose_affine(first, then), points), carried, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(
        transform_points(invert_affine(first), transform_points(first, points)), points, atol=1e-5
    )


def test_singular_matrix_has_no_inverse() -> None:
    with pytest.raises(ShapeError, match="singular"):
        invert_affine(np.zeros((2, 3)))


def test_resize_matrix_maps_edges_to_edges() -> None:
    matrix = resize_affine(256, 64)
    np.testing.assert_allclose(transform_points(matrix, np.array([[-0.5, 255.5]])), [[-0.5, 63.5]])
    assert affine_scale(matrix) == pytest.approx(0.25)


@pytest.mark.parametrize(("from_size", "to_size"), [(64, 32), (96, 32), (32, 64)])
def test_resize_matrix_is_what_opencv_does(from_size: int, to_size: int) -> None:
    """A soft blob's centre of mass lands where the matrix says."""
    y, x = np.mgrid[:from_size, :from_size]
    centre = np.array([from_size * 0.4, from_size * 0.55])
    blob = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * (from_size / 12) ** 2))
    flags = cv2.INTER_AREA if to_size < from_size else cv2.INTER_LINEAR
    small = cv2.resize(blob, (to_size, to_size), interpolation=flags)
    y, x = np.mgrid[:to_size, :to_size]
    found = [(small * x).sum() / small.sum(), (small * y).sum() / small.sum()]
    np.testing.assert_allclose(found, transform_points(resize_affine(from_size, to_size), centre), atol=0.02)
