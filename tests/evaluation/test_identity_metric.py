"""Descriptor distances on points whose distances are known."""

import numpy as np
import pytest

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.evaluation.identity import closer_ratio, distances


def test_distance_is_euclidean() -> None:
    mean = np.zeros(128)
    descriptors = np.zeros((3, 128))
    descriptors[1, 0], descriptors[1, 1], descriptors[2, 5] = 3.0, 4.0, 0.5
    np.testing.assert_allclose(distances(descriptors, mean), [0.0, 5.0, 0.5])


def test_closer_ratio_counts_strictly_nearer_faces() -> None:
    assert closer_ratio(np.array([0.4, 0.5, 0.6, 0.1]), np.array([0.8, 0.5, 0.5, 0.2])) == 0.5
    assert closer_ratio(np.array([]), np.array([])) is None


def test_errors() -> None:
    with pytest.raises(ShapeError, match="descriptors"):
        distances(np.zeros((2, 64)), np.zeros(128))
