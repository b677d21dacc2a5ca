"""Networks that draw what is known beforehand, faces to put it on, and frames."""

from collections.abc import Sequence

import numpy as np

from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.mean_face import MEAN_FACE_682
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.swap_face import swap_face
from faceswap_lab.swap.swapper import SwappedFaces

HEIGHT, WIDTH = 180, 240


class Echo:
    """A network that draws what it is shown."""

    crop_spec = CropSpec("face", 96)
    output_size = 96

    def draw(self, crops: Sequence[np.ndarray]) -> SwappedFaces:
        return SwappedFaces(np.stack(crops).astype(np.float32) / 255, None)


class Negative(Echo):
    """A network that draws what it is shown with dark and light exchanged."""

    def draw(self, crops: Sequence[np.ndarray]) -> SwappedFaces:
        return SwappedFaces(1 - np.stack(crops).astype(np.float32) / 255, None)


class Flat(Echo):
    """A network that draws one grey."""

    def __init__(self, level: float) -> None:
        self.level = level

    def draw(self, crops: Sequence[np.ndarray]) -> SwappedFaces:
        return SwappedFaces(np.full((len(crops), 96, 96, 3), self.level, np.float32), None)


def face(x: float = 60, y: float = 30, px: float = 70, roll_deg: float = 0) -> Face:
    turn = np.deg2rad(roll_deg)
    turned = (MEAN_FACE_682 - 0.5) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + 0.5
    points = turned * px + (x, y)
    return Face(np.concatenate([points.min(0), points.max(0)]), points, 0.9)


def noise(seed: int, dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, (HEIGHT, WIDTH, 3), dtype, endpoint=True)


def smooth(dtype: type = np.uint8) -> np.ndarray:
    """Slow waves: a plane ramp would come back from its rim alone, whatever was drawn."""
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    waves = [np.sin(x / 17 + y / 40), np.sin(y / 19 - x / 50 + 1), np.cos((x + y) / 23)]
    return np.rint(np.stack([0.55 + 0.25 * wave for wave in waves], -1) * np.iinfo(dtype).max).astype(dtype)


def made(frame: np.ndarray, *args: object, **options: object) -> Patch:
    patch = swap_face(frame, *args, **options)  # type: ignore[arg-type]
    assert patch is not None
    return patch
