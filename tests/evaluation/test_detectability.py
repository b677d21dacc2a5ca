"""The forgery classifier: what is drawn without texture is found on people it never saw, what is real is not."""

import cv2
import numpy as np
import pytest

from faceswap_lab.evaluation.detectability import CRFS, auc, measure_detectability
from faceswap_lab.evaluation.forgery_crops import INPUT_PX, MOST, ForgeryCrops
from faceswap_lab.faces.mean_face import MEAN_FACE_682

LANDMARKS = MEAN_FACE_682 * 90.0 + (20.0, 20.0)


def test_auc_counts_pairs() -> None:
    real, swapped = np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0])
    assert auc(real, swapped) == pytest.approx((1.5 + 3.0) / 6)
    assert auc(real, real) == 0.5
    assert auc(real, real + 10) == 1.0
    assert auc(real + 10, real) == 0.0
    assert auc(real, np.zeros(0)) is None


def skin(seed: int, count: int) -> list[np.ndarray]:
    """Frames of a person's own smooth shades under grain that changes from frame to frame."""
    generator = np.random.default_rng(seed)
    shades = cv2.GaussianBlur(generator.normal(130, 400, (140, 140, 3)), (0, 0), 12)
    grain = [cv2.GaussianBlur(generator.normal(0, 16, (140, 140, 1)), (0, 0), 0.7)[..., None] for _ in range(count)]
    return [np.clip(shades + of, 0, 255).astype(np.uint8) for of in grain]


def crops(seed: int, sigma: float, count: int = 24) -> ForgeryCrops:
    """A direction whose swaps are blurred by so much."""
    collected = ForgeryCrops()
    for index, frame in enumerate(skin(seed, count)):
        swapped = cv2.GaussianBlur(frame, (0, 0), sigma) if sigma else frame
        collected.add(index, frame, swapped, LANDMARKS)
    return collected


def test_windows_are_real_and_swapped_alike_and_lose_more_the_more_they_are_compressed() -> None:
    collected = crops(0, 2.0)
    heaps = [collected.compressed(crf) for crf in (18, 32)]
    assert [heap.shape for pair in heaps for heap in pair] == [(24, INPUT_PX, INPUT_PX)] * 4
    texture = [float(np.abs(cv2.Laplacian(heap[5], cv2.CV_64F)).mean()) for pair in heaps for heap in pair]
    assert texture[0] > 2 * texture[1]
    assert texture[0] > texture[2]


def test_of_a_long_clip_runs_of_neighbours_are_kept() -> None:
    collected, frame = ForgeryCrops(), np.zeros((140, 140, 3), np.uint8)
    for index in range(1000):
        collected.add(index, frame, frame, LANDMARKS)
    kept = sorted(collected._kept)
    assert MOST / 3 < len(kept) <= MOST
    assert kept[:8] == list(range(8))
    assert kept[-1] > 850


def test_a_face_at_the_frame_s_edge_is_cut_inside_it() -> None:
    collected, frame = ForgeryCrops(), np.zeros((100, 120, 3), np.uint8)
    collected.add(0, frame, frame, LANDMARKS + (60.0, -40.0))
    real, swapped = collected.compressed(23)
    assert real.shape == swapped.shape == (1, INPUT_PX, INPUT_PX)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_more_texture_is_lost_the_surer_a_swap_is_found_on_an_unseen_person() -> None:
    found = []
    for sigma in (0.0, 1.5):
        metrics = measure_detectability({"ada>ben": crops(1, sigma), "ben>ada": crops(2, sigma)})
        assert metrics is not None
        assert metrics["frames"] == {"ada>ben": 24, "ben>ada": 24}
        assert metrics["crf"] == list(CRFS)
        found.append([metrics["auc"][pair][CRFS.index(18)] for pair in ("ada>ben", "ben>ada")])
    assert all(0.25 < figure < 0.75 for figure in found[0]), found
    assert all(figure > 0.95 for figure in found[1]), found
    again = measure_detectability({"ada>ben": crops(1, 1.5), "ben>ada": crops(2, 1.5)})
    assert again == metrics, "a function of its inputs"


def test_one_direction_has_nobody_to_learn_from() -> None:
    assert measure_detectability({"ada>ben": crops(1, 1.0, 3), "ben>ada": ForgeryCrops()}) is None
