"""Distributions of colours carried onto one another, with weights for pixels that count in part.

Shape letters: S crop side in px, N pixels, M of the other picture, D axes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LEAST_WEIGHT = 1e-3
_LEAST_VARIANCE = 1e-6  # of colours in [0, 1]: a quarter of a step of 8 bits; flatter colours are not stretched

FloatArray = NDArray[np.float64]


def weighted_pixels(image_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]) -> tuple[FloatArray, FloatArray]:
    """Colours (N, 3) and weights (N,) of the pixels that count."""
    weights_N = weight_SS.astype(np.float64).ravel()
    counted = weights_N > _LEAST_WEIGHT
    return image_SS3.reshape(-1, 3).astype(np.float64)[counted], weights_N[counted]


def carry(
    values_K: FloatArray,
    from_N: FloatArray,
    from_weights_N: FloatArray,
    to_M: FloatArray,
    to_weights_M: FloatArray,
) -> FloatArray:
    """Values moved by the monotone map that carries one weighted distribution onto another, shape (K,).

    A value goes to where the other distribution has the same share of weight below it; beyond the first distribution's
    ends it keeps its distance from them.

    Source:
        The optimal transport on a line: Villani 2003, Topics in Optimal Transportation, theorem 2.18.
    """
    ends = from_N.min(), from_N.max()
    within_K = np.clip(values_K, *ends)
    share_K = np.interp(within_K, *_cumulated(from_N, from_weights_N))
    places_M, shares_M = _cumulated(to_M, to_weights_M)
    return np.interp(share_K, shares_M, places_M) + (values_K - within_K)


def mean_and_covariance(values_N3: FloatArray, weights_N: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Of weighted colours: (3,) and (3, 3), the latter never quite singular."""
    share_N = weights_N / weights_N.sum()
    mean_3 = share_N @ values_N3
    centred_N3 = values_N3 - mean_3
    return mean_3, (centred_N3 * share_N[:, None]).T @ centred_N3 + _LEAST_VARIANCE * np.eye(3)


def square_root(matrix_33: FloatArray) -> FloatArray:
    """The symmetric square root of a symmetric positive definite matrix."""
    values_3, vectors_33 = np.linalg.eigh(matrix_33)
    return (vectors_33 * np.sqrt(values_3)) @ vectors_33.T


def _cumulated(values_N: FloatArray, weights_N: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sorted values and the share of weight up to the middle of each."""
    order = np.argsort(values_N, kind="stable")
    weights_N = weights_N[order]
    return values_N[order], (np.cumsum(weights_N) - weights_N / 2) / weights_N.sum()
