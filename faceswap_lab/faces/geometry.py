"""Plane geometry of faces: 2 x 3 affine matrices between frames and crops.

Shape letters: N points, 2 and 3 literal. x grows to the right, y downwards, pixel centres lie at integers.
A matrix ``m`` of shape (2, 3) carries points by ``points @ m[:, :2].T + m[:, 2]``; its name says the direction
(``frame_to_crop``). Everything is float64: a matrix is stored for years, an image is resampled once.
"""

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import NoFaceError, ShapeError

FloatArray = NDArray[np.float64]


def fit_similarity(moving_N2: FloatArray, fixed_N2: FloatArray) -> FloatArray:
    """Least-squares rotation, uniform scale and shift that carry one point set onto another.

    Args:
        moving_N2: Points to carry, pixels, shape (N, 2), N >= 2, x right and y down.
        fixed_N2: Where they should land, same shape.

    Returns:
        Matrix of shape (2, 3), float64, so that ``fixed ~ moving @ m[:, :2].T + m[:, 2]``. Never mirrors.

    Raises:
        ShapeError: The shapes differ or are not (N, 2), N >= 2.
        NoFaceError: All moving points coincide or are not finite, so no scale exists.

    Source:
        Umeyama, IEEE TPAMI 13(4), 1991, eq. 39-42, doi:10.1109/34.88573. Written from the paper.
    """
    moving, fixed = np.asarray(moving_N2, np.float64), np.asarray(fixed_N2, np.float64)
    if moving.shape != fixed.shape or moving.ndim != 2 or moving.shape[1] != 2 or len(moving) < 2:
        raise ShapeError(f"need two (N, 2) arrays of equal shape, N >= 2, got {moving.shape} and {fixed.shape}")
    moving_mean, fixed_mean = moving.mean(0), fixed.mean(0)
    centred = moving - moving_mean
    variance = np.square(centred).sum() / len(centred)
    # Relative to the offset: subtracting the mean of coinciding points leaves rounding noise, not zero.
    floor = 1e-12 * max(1.0, float(np.square(moving_mean).sum()))
    if not variance > floor or not np.isfinite(fixed).all():
        raise NoFaceError("all landmarks coincide or are not finite; try another detector or landmarker for this frame")
    u, singular, vt = np.linalg.svd((fixed - fixed_mean).T @ centred / len(centred))
    # A reflection is kept out; a determinant of zero (points on a line) must not zero the second axis.
    signs = np.array([1.0, 1.0 if np.linalg.det(u) * np.linalg.det(vt) >= 0 else -1.0])
    rotation = u @ np.diag(signs) @ vt
    scale = (singular * signs).sum() / variance
    return np.column_stack([scale * rotation, fixed_mean - scale * rotation @ moving_mean])


def transform_points(matrix_23: FloatArray, points_N2: FloatArray) -> FloatArray:
    """Carries points by an affine matrix.

    Args:
        matrix_23: Affine matrix, shape (2, 3).
        points_N2: Points, shape (..., 2).

    Returns:
        The carried points, same shape, float64.
    """
    matrix = np.asarray(matrix_23, np.float64)
    return np.asarray(points_N2, np.float64) @ matrix[:, :2].T + matrix[:, 2]


def invert_affine(matrix_23: FloatArray) -> FloatArray:
    """The matrix of the opposite direction, shape (2, 3).

    Raises:
        ShapeError: The matrix is singular or not (2, 3).
    """
    matrix = np.asarray(matrix_23, np.float64)
    if matrix.shape != (2, 3):
        raise ShapeError(f"need an affine matrix of shape (2, 3), got {matrix.shape}")
    try:
        linear = np.linalg.inv(matrix[:, :2]).astype(np.float64)
    except np.linalg.LinAlgError as error:
        raise ShapeError("the affine matrix is singular and has no inverse") from error
    return np.column_stack([linear, -linear @ matrix[:, 2]])


def compose_affine(first_23: FloatArray, then_23: FloatArray) -> FloatArray:
    """One matrix that does ``first`` and ``then`` the second, shape (2, 3)."""
    first, then = np.asarray(first_23, np.float64), np.asarray(then_23, np.float64)
    return np.column_stack([then[:, :2] @ first[:, :2], then[:, :2] @ first[:, 2] + then[:, 2]])


def affine_scale(matrix_23: FloatArray) -> float:
    """How many output pixels one input pixel becomes along a side: the root of the determinant's size."""
    return float(np.sqrt(abs(np.linalg.det(np.asarray(matrix_23, np.float64)[:, :2]))))


def resize_affine(from_size: float, to_size: float) -> FloatArray:
    """The matrix of resizing a square image: ``x' = (x + 0.5) * to / from - 0.5``, shape (2, 3).

    Pixel centres lie at integers, so an image reaches from -0.5 to size - 0.5, and edges, not centres, map to edges.
    """
    ratio = to_size / from_size
    shift = 0.5 * ratio - 0.5
    return np.array([[ratio, 0.0, shift], [0.0, ratio, shift]])
