"""Frames per second of reading and writing, beside OpenCV on the same clip in the same process.

    python benchmarks/media_throughput.py CLIP

Ratios, not figures, are what compares across machines. OpenCV reads without the colour tags and writes no sound.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media import open_footage, open_writer


def read(path: Path, num_frames: int) -> None:
    """Reads the first frames as upright RGB."""
    for _ in open_footage(path).frames(FrameRange(((0, num_frames),))):
        pass


def read_opencv(path: Path, num_frames: int) -> None:
    """The same with OpenCV, as BGR."""
    capture = cv2.VideoCapture(str(path))
    for _ in range(num_frames):
        capture.read()
    capture.release()


def copy(path: Path, num_frames: int, preset: str) -> None:
    """Reads and writes the first frames with their sound."""
    footage, ranges = open_footage(path), FrameRange(((0, num_frames),))
    with (
        tempfile.TemporaryDirectory() as folder,
        open_writer(Path(folder) / "out.mp4", like=footage, preset=preset, ranges=ranges) as writer,
    ):
        for frame in footage.frames(ranges):
            writer.write(frame.image, frame)


def main() -> None:
    """Measures and writes a table to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--frames", type=int, default=100)
    arguments = parser.parse_args()
    path, num_frames = arguments.clip, arguments.frames
    cases: dict[str, Callable[[], None]] = {
        "read, OpenCV": lambda: read_opencv(path, num_frames),
        "read": lambda: read(path, num_frames),
        "read and write, veryfast": lambda: copy(path, num_frames, "veryfast"),
        "read and write, medium": lambda: copy(path, num_frames, "medium"),
    }
    baseline = None
    for name, case in cases.items():
        start = time.perf_counter()
        case()
        rate = num_frames / (time.perf_counter() - start)
        baseline = baseline or rate
        sys.stdout.write(f"{name:28} {rate:7.1f} frames/s  {rate / baseline:5.2f}\n")


if __name__ == "__main__":
    main()
