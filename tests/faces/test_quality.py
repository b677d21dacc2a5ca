"""Quality of a face: closed forms on made pictures, and the hint of occlusion on footage whose occluder is known."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from faceswap_lab.core.errors import NoFaceError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.face import Face, FloatArray
from faceswap_lab.faces.finder import build_finder
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.faces.measure import MeasuredFace, measure
from faceswap_lab.faces.occlusion import occlusion_hint
from faceswap_lab.faces.quality import brightness_of
from faceswap_lab.media.footage import open_footage

SKIN = np.array([205, 160, 135])


def face_at(scale: float, turn_deg: float = 0.0) -> FloatArray:
    turn = np.radians(turn_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return (MEAN_FACE_682 - 0.5) @ rotation.T * scale + [200, 200]


def measured(landmarks_682: FloatArray, image: np.ndarray, size: int = 128) -> MeasuredFace:
    box = np.concatenate([landmarks_682.min(0), landmarks_682.max(0)])
    return measure(image, Face(box, landmarks_682, 1.0), CropSpec("face", size))


def skin_picture(level: float = 1.0) -> np.ndarray:
    """Skin with grain and a light that falls off to one side."""
    light = np.linspace(0.92, 1.05, 400)[None, :, None] * level
    noise = np.random.default_rng(0).normal(0, 4, (400, 400, 3))
    return np.clip(SKIN * light + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("turn_deg", [0, 37, 90, 180])
def test_height_and_enlargement_do_not_depend_on_the_tilt(turn_deg: float) -> None:
    quality = measured(face_at(150, turn_deg), skin_picture()).quality
    assert quality.face_px == pytest.approx(150 * np.ptp(MEAN_FACE_682[:, 1]))
    assert quality.upscale == pytest.approx(128 / (1.2 * 150))


def test_enlargement_grows_with_the_crop_and_height_does_not() -> None:
    small, large = (measured(face_at(150), skin_picture(), size).quality for size in (128, 256))
    assert large.upscale == pytest.approx(2 * small.upscale)
    assert large.face_px == pytest.approx(small.face_px)


def test_brightness_is_the_luma_inside_the_mask() -> None:
    crop, mask = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8)
    crop[:4] = (200, 100, 50)
    mask[:4] = 255
    assert brightness_of(crop, mask) == pytest.approx(0.299 * 200 + 0.587 * 100 + 0.114 * 50, abs=0.6)
    mask[4:] = 255
    assert brightness_of(crop, mask) == pytest.approx(brightness_of(crop, np.zeros_like(mask)))


@pytest.mark.parametrize("level", [0.3, 1.0])
def test_bare_skin_scores_nothing_dark_or_bright(level: float) -> None:
    assert occlusion_hint(skin_picture(level), face_at(150)) < 0.02


@pytest.mark.parametrize("colour", [(40, 90, 200), (20, 20, 20), (240, 240, 240)])
def test_the_hint_grows_with_what_is_covered(colour: tuple[int, int, int]) -> None:
    hints = []
    for covered in (0, 20, 45):
        image = skin_picture()
        image[:, : 125 + covered] = colour
        hints.append(occlusion_hint(image, face_at(150)))
    assert hints[0] < 0.02 < hints[1] < hints[2] < 0.5


def test_beyond_the_frame_nothing_is_seen() -> None:
    image = skin_picture()
    assert occlusion_hint(image, face_at(150) + [190, 0]) < 0.05, "the repeated border is no occluder"
    assert occlusion_hint(image, face_at(150) + [2000, 0]) == 0
    with pytest.raises(NoFaceError):
        occlusion_hint(image, np.ones((68, 2)))


@pytest.mark.hard
def test_occluded_frames_score_higher_than_bare_ones(footage_dir: Path) -> None:
    """A skin-coloured ellipse moves across a face; where it covers a twentieth of it or more, the hint is larger."""
    ellipses = json.loads((footage_dir / "hard" / "h11_occlusion_synth.json").read_text())["ellipses"]
    finder, covered, bare = build_finder(), [], []
    frames = open_footage(footage_dir / "hard" / "h11_occlusion_synth.mp4").frames(FrameRange.parse("0:100"), 2)
    for frame in frames:
        for face in finder.find(frame.image)[:1]:
            cx, cy, rx, ry, angle = ellipses[frame.index]
            hull, ellipse = (np.zeros(frame.image.shape[:2], np.uint8) for _ in range(2))
            cv2.fillConvexPoly(hull, cv2.convexHull(np.rint(face.landmarks_682).astype(np.int32)), 1)
            cv2.ellipse(ellipse, (int(cx), int(cy)), (int(rx), int(ry)), angle, 0, 360, 1, -1)
            share = (hull & ellipse).sum() / hull.sum()
            hint = occlusion_hint(frame.image, face.landmarks_682)
            covered += [hint] if share > 0.05 else []
            bare += [hint] if share == 0 else []
    assert len(covered) >= 10
    assert len(bare) >= 15
    assert np.mean(covered) > 3 * np.mean(bare)
