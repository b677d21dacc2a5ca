"""SSIM and L1 against independent references and closed forms."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.evaluation.similarity import l1, ssim


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    first = generator.random((40, 48, 3))
    return first, np.clip(first + generator.normal(0.0, 0.1, first.shape), 0.0, 1.0)


def test_ssim_equals_skimage_away_from_the_border(pair: tuple[np.ndarray, np.ndarray]) -> None:
    _, reference_map = structural_similarity(
        *pair,
        channel_axis=2,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    mask = np.zeros((40, 48), dtype=bool)
    mask[8:-8, 8:-8] = True
    assert ssim(*pair, mask) == pytest.approx(float(reference_map[mask].mean()), abs=1e-9)


def test_equal_images_are_alike(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert ssim(pair[0], pair[0]) == pytest.approx(1.0)
    assert l1(pair[0], pair[0]) == 0.0


def test_more_noise_is_less_alike(pair: tuple[np.ndarray, np.ndarray]) -> None:
    first, noisy = pair
    noisier = np.clip(first + 3.0 * (noisy - first), 0.0, 1.0)
    assert ssim(first, noisier) < ssim(first, noisy) < 1.0


def test_l1_is_the_mean_difference_inside_the_mask() -> None:
    first = np.zeros((20, 20, 3))
    second = np.zeros((20, 20, 3))
    second[:10] = 0.25
    mask = np.zeros((20, 20))
    mask[:5] = 255
    assert l1(first, second) == pytest.approx(0.125)
    assert l1(first, second, mask) == pytest.approx(0.25)


def test_errors() -> None:
    image = np.zeros((20, 20, 3))
    with pytest.raises(ShapeError, match="equal shape"):
        ssim(image, np.zeros((20, 21, 3)))
    with pytest.raises(ShapeError, match="at least 11 px"):
        ssim(image[:8], image[:8])
    with pytest.raises(ShapeError, match="mask"):
        l1(image, image, np.zeros((20, 20)))
