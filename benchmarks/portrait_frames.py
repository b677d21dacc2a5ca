"""Frames of an embedded portrait, animated: footage for benchmarks that anyone can repeat."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.data.animation import animate
from faceswap_lab.data.portrait import PORTRAITS, load_portrait
from faceswap_lab.data.portrait_render import PortraitRenderer
from faceswap_lab.media.synth_writer import write_clip

DRAWN, FPS, RATE_HZ = 50, 25, 8000


def pictures(height: int, width: int) -> list[NDArray[np.uint8]]:
    """Frames with a face a third of their height."""
    renderer = PortraitRenderer(load_portrait(PORTRAITS[0]))
    frames = []
    for moment in animate(5, num_frames=DRAWN, fps=FPS):
        portrait = cv2.resize(renderer.render(moment)[0], (height, height), interpolation=cv2.INTER_AREA)
        frame = cv2.GaussianBlur(cv2.resize(portrait, (width, height)), (0, 0), height / 20)
        left = (width - height) // 2
        frame[:, left : left + height] = portrait
        frames.append(np.asarray(frame, np.uint8))
    return frames


def to_and_fro(frames: list[NDArray[np.uint8]], num_frames: int) -> Iterator[NDArray[np.uint8]]:
    """So many frames without a jump."""
    loop = [*frames, *frames[-2:0:-1]]
    yield from (loop[number % len(loop)] for number in range(num_frames))


def write_portrait_clip(path: Path, *, size: tuple[int, int], num_frames: int) -> None:
    """A clip of so many frames of ``(height, width)``, with a sound track of silence."""
    silence = np.zeros(num_frames * RATE_HZ // FPS, np.float32)
    write_clip(path, to_and_fro(pictures(*size), num_frames), fps=FPS, samples=silence, rate_hz=RATE_HZ)
