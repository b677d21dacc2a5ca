"""Peak memory of an extraction of 250 and of 5,000 frames: it must not grow with the clip's length.

    python benchmarks/extract_memory.py CLIP [--frames 250 5000] [--people]

The clip is looped at 270 px short side into a temporary folder. Each extraction runs in a process of its own, whose
peak resident memory the system states. The last line is one JSON object.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.synth_writer import write_clip

SHORT_SIDE, FPS = 270, 25


def looped(clip: Path, num_frames: int) -> Iterator[NDArray[np.uint8]]:
    """So many small frames of a clip, begun again where it ends."""
    count = 0
    while True:
        for frame in open_footage(clip).frames():
            height, width = frame.image.shape[:2]
            scale = SHORT_SIDE / min(height, width)
            size = (round(width * scale / 2) * 2, round(height * scale / 2) * 2)
            yield np.asarray(cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA), np.uint8)
            count += 1
            if count == num_frames:
                return


def extract(clip: Path, faceset: Path, *, people: bool) -> dict[str, float]:
    """Runs one extraction; its peak in MiB and seconds."""
    ground = ["people=cluster"] if people else ["identity.name=someone", "identity.consent.basis=self"]
    words = ["extract", f"footage={clip}", f"faceset={faceset}", *ground]
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "faceswap_lab", *words], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"the extraction of {clip} failed")
    return {"peak_mib": round(usage.ru_maxrss / 1024, 1), "seconds": round(time.perf_counter() - start, 1)}


def main() -> None:
    """Measures and writes one JSON object to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--frames", type=int, nargs="+", default=[250, 5000])
    parser.add_argument("--people", action="store_true", help="with people=cluster")
    arguments = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for num_frames in arguments.frames:
            clip = Path(folder) / f"{num_frames}.mp4"
            silence = np.zeros(num_frames * 8000 // FPS, np.float32)
            write_clip(clip, looped(arguments.clip, num_frames), fps=FPS, samples=silence, rate_hz=8000)
            results[str(num_frames)] = extract(clip, Path(folder) / f"faces_{num_frames}", people=arguments.people)
    peaks = [result["peak_mib"] for result in results.values()]
    summary = {
        "people": arguments.people,
        "extractions": results,
        "ratio_longest_shortest": round(peaks[-1] / peaks[0], 3),
    }
    sys.stdout.write(json.dumps(summary) + "\n")


if __name__ == "__main__":
    main()
