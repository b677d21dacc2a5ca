"""Correlation of two series of openings."""

import numpy as np
import pytest

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.evaluation.expression import correlation


def test_correlation_equals_numpy_and_ignores_gain_and_offset() -> None:
    generator = np.random.default_rng(1)
    first = generator.normal(size=50)
    second = first + generator.normal(size=50)
    expected = float(np.corrcoef(first, second)[0, 1])
    assert correlation(first, second) == pytest.approx(expected)
    assert correlation(first, 0.1 * second + 7.0) == pytest.approx(expected)
    assert correlation(first, -second) == pytest.approx(-expected)


def test_correlation_says_nothing_about_a_still_or_short_series() -> None:
    assert correlation(np.ones(10), np.arange(10.0)) is None
    assert correlation(np.arange(2.0), np.arange(2.0)) is None


def test_errors() -> None:
    with pytest.raises(ShapeError, match="equal length"):
        correlation(np.zeros(3), np.zeros(4))
