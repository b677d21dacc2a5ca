"""Peak memory of an extraction of 250 and of 5,000 frames: it must not grow with the clip's length.

    python benchmarks/extract_memory.py [--frames 250 5000] [--people]

The clip is an embedded portrait, animated, of 480x270 px. Each extraction runs in a process of its own, whose
peak resident memory the system states. The last line is one JSON object.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from peak import peak_mib
from portrait_frames import write_portrait_clip


def extract(clip: Path, faceset: Path, *, people: bool) -> dict[str, float]:
    """Runs one extraction; its peak in MiB and seconds."""
    ground = ["people=cluster"] if people else ["identity.name=someone", "identity.consent.basis=self"]
    words = [f"footage={clip}", f"faceset={faceset}", *ground]
    start = time.perf_counter()
    peak = peak_mib(["extract", *words])
    return {"peak_mib": peak, "seconds": round(time.perf_counter() - start, 1)}


def main() -> None:
    """Measures and writes one JSON object to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, nargs="+", default=[250, 5000])
    parser.add_argument("--people", action="store_true", help="with people=cluster")
    arguments = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for num_frames in arguments.frames:
            clip = Path(folder) / f"{num_frames}.mp4"
            write_portrait_clip(clip, size=(270, 480), num_frames=num_frames)
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
