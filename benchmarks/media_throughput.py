"""Frames per second of reading and writing, beside OpenCV on the same clip in the same process.

    python benchmarks/media_throughput.py [--clip CLIP] [--frames 100]

OpenCV reads without the colour tags. The last line is one JSON object: ``frames_per_s`` of each case, medians, and
``ratio_vs_opencv_read``, of each round, median: above 1 where the case is faster than OpenCV's reading alone.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
from portrait_frames import write_portrait_clip

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
    """Measures and writes one JSON object to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, help="default: an embedded portrait, animated, 1280x720")
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path: Path = arguments.clip or Path(folder) / "clip.mp4"
        if arguments.clip is None:
            write_portrait_clip(path, size=(720, 1280), num_frames=arguments.frames)
        seconds = measure(path, arguments.frames, arguments.rounds)
    bare, frames = seconds.pop("read_opencv"), arguments.frames
    ratios = {name: [other / one for one, other in zip(found, bare, strict=True)] for name, found in seconds.items()}
    summary: dict[str, object] = {
        "frames_per_s": {name: round(frames / statistics.median(found), 1) for name, found in seconds.items()},
        "ratio_vs_opencv_read": {name: round(statistics.median(found), 3) for name, found in ratios.items()},
        "rounds": arguments.rounds,
    }
    sys.stdout.write(json.dumps(summary) + "\n")


def measure(path: Path, num_frames: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of each case in each round; the cases take turns."""
    cases: dict[str, Callable[[], None]] = {
        "read_opencv": lambda: read_opencv(path, num_frames),
        "read": lambda: read(path, num_frames),
        "read_and_write_veryfast": lambda: copy(path, num_frames, "veryfast"),
        "read_and_write_medium": lambda: copy(path, num_frames, "medium"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            start = time.perf_counter()
            case()
            seconds[name].append(time.perf_counter() - start)
    return seconds


if __name__ == "__main__":
    main()
