"""Photographs, textures and drawn pictures that the watermark is tried on, dark and flat ones included."""

from pathlib import Path

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
WIDTH, HEIGHT, FRAMES, MOVE = 640, 480, 12, (3, 2)
PHOTOGRAPHS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "page.png")
TEXTURES = ("grass.png", "gravel.png", "ihc.png")
DRAWN = ("black", "dark", "grey", "bright", "gradient")


def clip(name: str, move: tuple[int, int], noise: float) -> list[Picture]:
    """Twelve frames of a content."""
    whole, rng = content(name), np.random.default_rng(1)
    frames = []
    for index in range(FRAMES):
        left, top = move[0] * index, move[1] * index
        frame = whole[top : top + HEIGHT, left : left + WIDTH]
        moved = frame + rng.normal(0, noise, frame.shape) if noise else frame
        frames.append(np.clip(np.rint(moved), 0, 255).astype(np.uint8))
    return frames


def content(name: str) -> Picture:
    """A picture with room for the pan, RGB uint8."""
    width, height = WIDTH + FRAMES * MOVE[0], HEIGHT + FRAMES * MOVE[1]
    if name in DRAWN and name != "dark":
        level = {"black": 0, "grey": 128, "bright": 205, "gradient": np.linspace(20, 235, width)[None, :, None]}[name]
        return np.broadcast_to(level, (height, width, 3)).astype(np.uint8)
    picture = photograph("astronaut.png" if name == "dark" else name)
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = (int(np.ceil(picture.shape[1] * scale)), int(np.ceil(picture.shape[0] * scale)))
    kernel = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(picture, size, interpolation=kernel)[:height, :width]
    return (picture * 0.12).astype(np.uint8) if name == "dark" else picture


def photograph(name: str) -> Picture:
    """One of scikit-image's own pictures, RGB uint8."""
    path = Path(skimage.__file__).parent / "data" / name
    return cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
