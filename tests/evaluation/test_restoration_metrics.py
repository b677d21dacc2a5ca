"""PSNR, MS-SSIM and the Fréchet distance against closed forms, references, and degradations that get worse."""

import cv2
import numpy as np
import pytest
import skimage.data
import torch
from scipy.linalg import sqrtm
from scipy.ndimage import gaussian_filter
from skimage.metrics import peak_signal_noise_ratio

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.evaluation.frechet import FrechetDistance
from faceswap_lab.evaluation.ms_ssim import ms_ssim
from faceswap_lab.evaluation.psnr import MOST_DB, psnr

FACE = skimage.data.astronaut()[0:192, 130:322] / 255.0


def degraded(kind: str, amount: float) -> np.ndarray:
    if kind == "blur":
        return cv2.GaussianBlur(FACE, (0, 0), amount)
    if kind == "shift":
        return np.roll(FACE, int(amount), axis=1)
    return np.clip(FACE + np.random.default_rng(0).normal(0, 0.02 * amount, FACE.shape), 0, 1)


@pytest.mark.parametrize("metric", [psnr, ms_ssim])
@pytest.mark.parametrize("kind", ["blur", "shift", "noise"])
def test_what_gets_worse_scores_lower(metric, kind: str) -> None:
    scores = [metric(FACE, FACE)] + [metric(FACE, degraded(kind, amount)) for amount in (1.0, 2.0, 4.0, 8.0)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
    assert scores[0] == pytest.approx({psnr: MOST_DB, ms_ssim: 1.0}[metric])


def test_psnr_equals_skimage_and_looks_inside_the_mask_only() -> None:
    noisy, mask = degraded("noise", 2.0), np.zeros(FACE.shape[:2], bool)
    assert psnr(FACE, noisy) == pytest.approx(peak_signal_noise_ratio(FACE, noisy, data_range=1.0), abs=1e-4)
    mask[:20] = True
    noisy[mask] = FACE[mask] + 0.1
    assert psnr(FACE, noisy, mask) == pytest.approx(20.0, abs=1e-4)
    first, second = np.zeros((8, 8, 3), np.uint8), np.ones((8, 8, 3), np.uint8)
    assert psnr(second, first, peak=255) == psnr(first, second, peak=255) == pytest.approx(48.1308, abs=1e-3)


def test_ms_ssim_equals_the_formula_in_scipy() -> None:
    first, second, powers = FACE, degraded("blur", 2.0), np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])

    def smooth(image: np.ndarray) -> np.ndarray:
        return gaussian_filter(image, (1.5, 1.5, 0), mode="mirror", radius=(5, 5, 0))

    expected = 1.0
    for scale, power in enumerate(powers):
        (a, b), both = (smooth(first), smooth(second)), smooth(first * second)
        squares = smooth(first**2) - a**2 + smooth(second**2) - b**2
        values = (2 * (both - a * b) + 0.0009) / (squares + 0.0009)
        if scale == 4:
            values = values * (2 * a * b + 0.0001) / (a**2 + b**2 + 0.0001)
        expected *= values.mean() ** (power / powers.sum())
        shape = (first.shape[0] // 2, 2, first.shape[1] // 2, 2, 3)
        first, second = first.reshape(shape).mean((1, 3)), second.reshape(shape).mean((1, 3))
    assert ms_ssim(FACE, degraded("blur", 2.0)) == pytest.approx(expected, abs=1e-9)


def test_ms_ssim_of_small_faces_and_of_masks() -> None:
    small = FACE[::3, ::3]
    other = small.copy()
    other[:8] = 0.0
    mask = np.zeros(small.shape[:2], np.uint8)
    mask[40:] = 255
    assert ms_ssim(small, small) == pytest.approx(1.0)
    assert ms_ssim(small, other) < 0.95 < ms_ssim(small, other, mask)


@pytest.mark.parametrize("metric", [psnr, ms_ssim])
def test_shapes_that_do_not_fit(metric) -> None:
    with pytest.raises(ShapeError, match="equal shape"):
        metric(FACE, FACE[:50])
    with pytest.raises(ShapeError, match="mask"):
        metric(FACE, FACE, np.zeros(FACE.shape[:2]))


def frechet(real: np.ndarray, made: np.ndarray, parts: int = 1) -> float:
    metric = FrechetDistance(real.shape[1])
    for heap, is_real in ((real, True), (made, False)):
        for part in np.array_split(heap, parts):
            metric.update(torch.from_numpy(part), real=is_real)
    return float(metric.compute())


def test_frechet_equals_the_formula_with_a_matrix_root_however_it_is_fed() -> None:
    generator = np.random.default_rng(0)
    real, made = generator.normal(size=(90, 5)), generator.normal(0.3, 2.0, (70, 5)) @ generator.normal(size=(5, 5))
    spreads = [np.cov(heap, rowvar=False) for heap in (real, made)]
    apart = np.square(real.mean(0) - made.mean(0)).sum()
    expected = apart + np.trace(spreads[0] + spreads[1] - 2 * sqrtm(spreads[0] @ spreads[1]).real)
    assert frechet(real, made) == pytest.approx(expected, rel=1e-9)
    assert frechet(real, made, parts=7) == pytest.approx(frechet(real, made), rel=1e-9)
    assert frechet(made, real) == pytest.approx(frechet(real, made), rel=1e-9)


def test_frechet_is_nought_for_equals_and_grows_with_the_distance() -> None:
    vectors = np.random.default_rng(2).normal(size=(64, 128))  # fewer vectors than numbers in them
    moved = [frechet(vectors, vectors + step / np.sqrt(128)) for step in (0.0, 0.5, 1.0, 2.0)]
    assert moved == pytest.approx([0.0, 0.25, 1.0, 4.0], abs=1e-4)
    narrow = [frechet(vectors, vectors * share) for share in (1.0, 0.8, 0.5, 0.1)]
    assert narrow == sorted(narrow)


def test_frechet_of_too_few_or_wrong_vectors() -> None:
    assert np.isnan(frechet(np.ones((1, 3)), np.ones((4, 3))))
    with pytest.raises(ShapeError, match=r"\(N, 3\)"):
        FrechetDistance(3).update(torch.zeros(2, 4), real=True)
