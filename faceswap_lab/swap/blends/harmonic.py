"""A smooth field with given values along a rim: what a stretched skin does between the edges that hold it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import splu

_DIRECT = 48  # px; up to this side it is solved exactly
_MOST_STEPS = 60  # on each finer picture
_EXACT = 3e-6  # root mean square of what is left of the Laplacian, at which it is enough
_TINY = np.float32(1e-20)
_CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4


def harmonic(values_HW3: NDArray[np.float32], inside_HW: NDArray[np.bool_]) -> NDArray[np.float32] | None:
    """The field whose Laplacian is zero inside, and which has the given values on the pixels around that.

    Exact up to 48 px, then to about 1/255 of the values' range, and smooth: no step of that size is in it. Where
    the inside reaches the picture's edge nothing holds it there: the field runs out level.

    Args:
        values_HW3: Any numbers; read on the pixels just outside alone.
        inside_HW: Where the field is wanted.

    Returns:
        Shape (H, W, 3), zero but inside and on its rim; None where there is no rim, so that any constant would do.

    Source:
        Laplace's equation by a cascade of grids, Bornemann and Deuflhard 1996, doi:10.1007/s002110050234: solved on the
        coarsest, then relaxed on each finer one by conjugate gradients. Written from the paper.
    """
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    inside = inside_HW.astype(np.uint8)
    rim_HW = (cv2.dilate(inside, cross) > 0) & ~inside_HW
    if not rim_HW.any() or not inside_HW.any():
        return None
    return _solve(np.where(rim_HW[..., None], values_HW3, np.float32(0)).astype(np.float32), rim_HW, inside_HW)


def _solve(
    held_HW3: NDArray[np.float32], rim_HW: NDArray[np.bool_], inside_HW: NDArray[np.bool_]
) -> NDArray[np.float32]:
    height, width = inside_HW.shape
    if max(height, width) <= _DIRECT:
        return _solve_exactly(held_HW3, rim_HW, inside_HW)
    size = (-(-width // 2), -(-height // 2))
    share, reach = (
        cv2.resize(one.astype(np.float32), size, interpolation=cv2.INTER_AREA) for one in (rim_HW, inside_HW)
    )
    rim_small = share > 0
    smaller = cv2.resize(held_HW3, size, interpolation=cv2.INTER_AREA) / np.maximum(share, 1e-6)[..., None]
    smaller = np.where(rim_small[..., None], smaller, np.float32(0)).astype(np.float32)
    coarse = _solve(smaller, rim_small, (reach > 0) & ~rim_small)
    guess = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    field = np.where(inside_HW[..., None], guess, held_HW3)
    return _relax(field, inside_HW)


def _relax(field_HW3: NDArray[np.float32], inside_HW: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Conjugate gradients from a good guess on, each channel with its own steps."""
    inside_HW3 = np.asarray(cv2.merge([inside_HW.astype(np.float32)] * 3), np.float32)

    def bend(one_HW3: NDArray[np.float32]) -> NDArray[np.float32]:
        # A replicated edge is a neighbour that agrees: nothing pulls there.
        around_HW3 = np.asarray(cv2.filter2D(one_HW3, -1, _CROSS, borderType=cv2.BORDER_REPLICATE), np.float32)
        return np.asarray(inside_HW3 * (one_HW3 - around_HW3), np.float32)

    left_HW3 = -bend(field_HW3)
    way_HW3, size_3 = left_HW3.copy(), _dot(left_HW3, left_HW3)
    enough = float(inside_HW.sum()) * _EXACT**2
    for _ in range(_MOST_STEPS):
        if size_3.max() <= enough:
            break
        bent_HW3 = bend(way_HW3)
        step_3 = size_3 / np.maximum(_dot(way_HW3, bent_HW3), _TINY)
        field_HW3 += step_3 * way_HW3
        left_HW3 -= step_3 * bent_HW3
        before_3, size_3 = size_3, _dot(left_HW3, left_HW3)
        way_HW3 = np.asarray(left_HW3 + size_3 / np.maximum(before_3, _TINY) * way_HW3, np.float32)
    return field_HW3


def _dot(one_HW3: NDArray[np.float32], other_HW3: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.einsum("hwc,hwc->c", one_HW3, other_HW3), np.float32)


def _solve_exactly(
    held_HW3: NDArray[np.float32], rim_HW: NDArray[np.bool_], inside_HW: NDArray[np.bool_]
) -> NDArray[np.float32]:
    if not inside_HW.any():
        return held_HW3
    number_HW = np.full(inside_HW.shape, -1)
    rows, columns = np.nonzero(inside_HW)
    number_HW[rows, columns] = own = np.arange(len(rows))
    degree, right_N3 = np.zeros(len(rows)), np.zeros((len(rows), 3))
    entries: list[tuple[NDArray[np.int_], NDArray[np.int_]]] = []
    for down, across in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        y, x = rows + down, columns + across
        there = (y >= 0) & (x >= 0) & (y < inside_HW.shape[0]) & (x < inside_HW.shape[1])
        y, x, this = y[there], x[there], own[there]
        joined, held = inside_HW[y, x], rim_HW[y, x]
        entries.append((this[joined], number_HW[y[joined], x[joined]]))
        right_N3[this[held]] += held_HW3[y[held], x[held]]
        degree[this[joined | held]] += 1
    # A grain of weight towards zero holds islands that no rim touches, which a coarse picture can have.
    at = np.concatenate([own, *(one for one, _ in entries)]), np.concatenate([own, *(other for _, other in entries)])
    weights = np.concatenate([degree + 1e-9, np.full(len(at[0]) - len(own), -1.0)])
    field = held_HW3.copy()
    field[rows, columns] = splu(coo_matrix((weights, at)).tocsc()).solve(right_N3)
    return field
