"""Flicker and seam say 1 of a copy, and grow with what a person would call flicker and a seam."""

import cv2
import numpy as np
import pytest

from faceswap_lab.evaluation.flicker import Flicker
from faceswap_lab.evaluation.seam import Seam
from faceswap_lab.faces.maskers.hull import hull_mask
from faceswap_lab.faces.mean_face import MEAN_FACE_682

SIZE = 360


def clip(num: int = 8) -> list[tuple[np.ndarray, np.ndarray]]:
    """A textured face that moves with its landmarks, under light that changes a little."""
    rng = np.random.default_rng(2)
    scene = cv2.GaussianBlur(rng.normal(128, 60, (SIZE, SIZE, 3)).astype(np.float32), (0, 0), 3) * 3 - 256
    frames = []
    for k in range(num):
        move = np.array([[1.0, 0.0, 2.0 * k], [0.0, 1.0, 1.0 * k]])
        image = cv2.warpAffine(scene, move, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT) + rng.normal(0, 2, scene.shape)
        frames.append((np.clip(image, 0, 255).astype(np.uint8), MEAN_FACE_682 * 110 + 110 + (2.0 * k, 1.0 * k)))
    return frames


def hull(landmarks: np.ndarray, forehead: float = 0.0) -> np.ndarray:
    return hull_mask(landmarks, np.eye(2, 3), SIZE, forehead_ratio=forehead)[..., None] / 255


def flicker_of(
    frames: list[tuple[np.ndarray, np.ndarray]], blink: float, indices: list[int] | None = None
) -> float | None:
    measure = Flicker()
    for k, (image, points) in zip(indices or range(len(frames)), frames, strict=True):
        converted = np.clip(image + blink * (-1) ** k * hull(points), 0, 255).astype(np.uint8)
        measure.add(k, image, converted, points)
    return measure.ratio


def seam_of(frames: list[tuple[np.ndarray, np.ndarray]], step: float, feather_px: float = 0) -> float | None:
    measure = Seam()
    for image, points in frames:
        mask = hull(points, 0.25)
        if feather_px:
            mask = cv2.GaussianBlur(mask, (0, 0), feather_px)[..., None]
        measure.add(image, np.clip(image * (1.0 - 0.3) + 30 + step * mask, 0, 255).astype(np.uint8), points)
    return measure.ratio


def test_a_copy_is_1() -> None:
    frames = clip()
    assert flicker_of(frames, 0) == 1
    measure = Seam()
    for image, points in frames:
        measure.add(image, image, points)
    assert measure.ratio == 1


def test_flicker_grows_with_blinking_by_as_much_as_the_face_blinks() -> None:
    frames = clip()
    ratios = [flicker_of(frames, blink) for blink in (0, 2, 5, 10)]
    assert all(ratio is not None for ratio in ratios)
    assert sorted(ratios) == ratios  # type: ignore[type-var]
    own = flicker_of(frames, 0), flicker_of(frames, 10)
    assert own[1] > own[0] + 2


def test_a_still_face_flickers_less_than_its_footage() -> None:
    frames = clip()
    measure = Flicker()
    for k, (image, points) in enumerate(frames):
        measure.add(k, image, cv2.GaussianBlur(image, (0, 0), 4), points)
    assert measure.ratio is not None
    assert measure.ratio < 0.7


def test_motion_with_the_landmarks_is_no_flicker_and_gaps_do_not_count() -> None:
    frames = clip()
    still = [(frames[0][0], frames[0][1])] * 4
    assert flicker_of(still, 0) is None  # nothing changes in the footage
    assert flicker_of(frames, 10, [0, 2, 4, 6, 8, 10, 12, 14]) is None


def test_seam_grows_with_the_step_and_shrinks_with_the_feather() -> None:
    frames = clip(2)
    ratios = [seam_of(frames, step) for step in (0, 20, 40, 80)]
    assert ratios[0] == pytest.approx(0.7, abs=0.02)  # everything is 30 % flatter
    assert sorted(ratios) == ratios  # type: ignore[type-var]
    assert ratios[-1] > 1.3
    assert seam_of(frames, 80, feather_px=8) < seam_of(frames, 80, feather_px=3) < ratios[-1]


def test_faces_beyond_the_frame_and_flat_footage_say_nothing() -> None:
    (image, points), flat = clip(1)[0], np.full((SIZE, SIZE, 3), 90, np.uint8)
    measure = Seam()
    measure.add(image, image, points - 100)
    assert measure.ratio is None
    measure.add(flat, image, points)
    assert measure.ratio is None
