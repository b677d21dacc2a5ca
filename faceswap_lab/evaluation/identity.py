"""Whose face it is: distances of face descriptors to the mean descriptor of an identity's real faces.

Shape letters: N faces; 128 is the length of dlib's face descriptor, in which two pictures of one person usually lie
less than 0.6 apart.
"""

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ShapeError

FloatArray = NDArray[np.float64]


def distances(descriptors_N128: FloatArray, mean_128: FloatArray) -> FloatArray:
    """Euclidean distance of every descriptor to the mean of an identity, shape (N,).

    Raises:
        ShapeError: The descriptors are not rows of the mean's length.

    Source:
        The descriptor and its metric: dlib's `face_recognition_resnet_model_v1`, documented threshold 0.6.
    """
    if descriptors_N128.ndim != 2 or descriptors_N128.shape[1:] != mean_128.shape:
        raise ShapeError(f"need (N, {mean_128.size}) descriptors, got {descriptors_N128.shape}")
    return np.linalg.norm(descriptors_N128 - mean_128, axis=1)


def closer_ratio(to_target_N: FloatArray, to_footage_N: FloatArray) -> float | None:
    """Share of the faces that lie nearer to the identity swapped in than to the footage's own; None without faces."""
    if to_target_N.size == 0:
        return None
    return float(np.mean(to_target_N < to_footage_N))
