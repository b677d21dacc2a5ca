"""Extraction by following beside detection in every frame: frames per second and recall, on the same clips.

    python benchmarks/extract.py

Takes the two clips of ``FACESWAP_LAB_FOOTAGE``, or renders the demo's where that is not set. Each clip is cut at its
keyframes, for a stretch that began between two would make every side decode what lies before it; every stretch goes
through all sides one after another, in changing order, so that what else the machine does hits all alike, and again
while there is time; a ratio is the median over these.

- tracked: ``extract`` as it is by default, without vectors.
- every_frame: ``extract`` with ``detector=dlib_hog detector.num_upsample=0 tracker=every_frame refine=off``, frames
  shrunk to the same 480 px for the detector, crops written alike.
- loop: ``cv2.VideoCapture``, dlib's HOG and 68 points on every frame of 480 px; it writes nothing.

Recall counts all frames. For every-frame detection a frame counts if a face is found; for tracking only if, in
addition, the tracked landmarks lie within 0.1 outer-eye distances of those, so that it cannot come out higher. The last
line is a JSON object with the worse clip's figures.
"""

# pyright: reportAttributeAccessIssue=false
# dlib takes its names from a compiled module without stubs.

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import av
import cv2
import dlib
import numpy as np

from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.errors import NoFaceError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.packaged import packaged_file
from faceswap_lab.faces.detectors.dlib_hog import DlibHog
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.face import OUTER_EYES, FloatArray
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder, build_finder
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.faces.landmarkers.dlib68 import Dlib68
from faceswap_lab.faces.refine import Refine
from faceswap_lab.faces.trackers.every_frame import EveryFrame
from faceswap_lab.faces.trackers.landmarks import Landmarks
from faceswap_lab.faces.tracking.tracker import Tracker

SHORT_SIDE = 480
LEAST_FRAMES = 50  # of a stretch
CLOSE = 0.1  # outer-eye distances
BUDGET_S = 170.0  # no stretch is begun after this
CLIPS = ("man_kitchen.mp4", "woman_outdoors.mp4")

Found = dict[int, FloatArray]
"""Landmarks by frame."""


@dataclass
class Figures:
    """What was measured on one clip."""

    seconds: dict[str, list[float]] = field(default_factory=dict)  # a frame's, one value a stretch and turn
    num_frames: int = 0
    num_every_frame: int = 0
    num_tracked: int = 0

    def ratio(self, side: str) -> float:
        """How many times as fast as a side tracking is."""
        return statistics.median(a / b for a, b in zip(self.seconds[side], self.seconds["tracked"], strict=True))


class Sides:
    """The ways to go through a stretch of footage, with everything loaded before the clock runs."""

    def __init__(self) -> None:
        self._record = IdentityRecord("someone", check_consent("self"))
        self._tracked = build_finder()
        self._every_frame = FaceFinder(DlibHog(short_side=SHORT_SIDE, num_upsample=0), Dlib68())
        self._hog = dlib.get_frontal_face_detector()
        weights = packaged_file(
            "face_recognition_models",
            "models/shape_predictor_68_face_landmarks.dat",
            distribution="face-recognition-models",
        )
        self._predict = dlib.shape_predictor(str(weights))

    def tracked(self, clip: Path, first: int, end: int) -> tuple[float, Found]:
        """Seconds, and what was found, of the default extraction."""
        return self._extract(clip, first, end, self._tracked, Landmarks(), Refine())

    def every_frame(self, clip: Path, first: int, end: int) -> tuple[float, Found]:
        """The same with dlib's detector on every frame."""
        return self._extract(clip, first, end, self._every_frame, EveryFrame(), Refine(smooth="off"))

    def loop(self, clip: Path, first: int, end: int) -> tuple[float, Found]:
        """Seconds of the same in a few lines of OpenCV and dlib."""
        capture = cv2.VideoCapture(str(clip))
        for _ in range(first):
            capture.grab()
        start = time.perf_counter()
        for _ in range(first, end):
            _, bgr = capture.read()
            scale = min(1.0, SHORT_SIDE / min(bgr.shape[:2]))
            small = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            rgb = np.ascontiguousarray(small[:, :, ::-1])
            for box in self._hog(rgb, 0):
                self._predict(rgb, box)
        seconds = time.perf_counter() - start
        capture.release()
        return seconds, {}

    def _extract(
        self, clip: Path, first: int, end: int, finder: FaceFinder, tracker: Tracker, refine: Refine
    ) -> tuple[float, Found]:
        with tempfile.TemporaryDirectory() as folder:
            faceset, stretch = Path(folder) / "faces", FrameRange(((first, end),))
            parts = {"finder": finder, "tracker": tracker, "refine": refine}
            start = time.perf_counter()
            try:
                extract(clip, faceset, record=self._record, ranges=stretch, **parts)
            except NoFaceError:
                return time.perf_counter() - start, {}
            seconds = time.perf_counter() - start
            return seconds, {row.frame_index: row.landmarks_682 for row in Faceset.open(faceset).rows()}


def are_close(one_682: FloatArray, other_682: FloatArray) -> bool:
    """Whether two answers to one face agree."""
    left, right = OUTER_EYES
    unit = np.linalg.norm(other_682[right] - other_682[left])
    return bool(np.linalg.norm(one_682 - other_682, axis=1).mean() < CLOSE * unit)


def measure_stretch(sides: Sides, clip: Path, first: int, end: int, *, turn: int, figures: Figures) -> None:
    """Sends one stretch through all sides; ``turn``, which counts how often it was, decides which begins."""
    ways = {"tracked": sides.tracked, "every_frame": sides.every_frame, "loop": sides.loop}
    names, found = list(ways), {}
    for name in (*names[turn % len(names) :], *names[: turn % len(names)]):
        seconds, found[name] = ways[name](clip, first, end)
        figures.seconds.setdefault(name, []).append(seconds / (end - first))
    if turn:
        return  # the same frames again: they count once
    figures.num_frames += end - first
    figures.num_every_frame += len(found["every_frame"])
    figures.num_tracked += sum(
        index in found["tracked"] and are_close(found["tracked"][index], landmarks_682)
        for index, landmarks_682 in found["every_frame"].items()
    )


def clips_at_hand(folder: Path) -> list[Path]:
    """The two clips of the footage folder, or the demo's, rendered into ``folder``."""
    root = os.environ.get("FACESWAP_LAB_FOOTAGE")
    if root:
        return [Path(root) / "clips" / name for name in CLIPS]
    from faceswap_lab.commands.demo_footage import write_demo_footage

    return [clips.train for clips in write_demo_footage(folder, seconds=6.0)]


def stretches(clip: Path, most_frames: int) -> list[tuple[int, int]]:
    """First frame and end of what lies between a clip's keyframes, of the first so many frames; scraps are left out."""
    with av.open(str(clip)) as container:
        packets = list(container.demux(container.streams.video[0]))
    frames = sorted((packet for packet in packets if packet.pts is not None), key=lambda packet: packet.pts)[
        :most_frames
    ]
    starts = [index for index, packet in enumerate(frames) if packet.is_keyframe]
    return [(first, end) for first, end in pairwise([*starts, len(frames)]) if end - first >= LEAST_FRAMES]


def main() -> None:
    """Measures, writes a table and the JSON line to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=4, help="how often a stretch is measured, while there is time")
    parser.add_argument("--frames", type=int, default=502, help="most frames of a clip")
    arguments = parser.parse_args()
    sides = Sides()
    with tempfile.TemporaryDirectory() as folder:
        figures = {clip: Figures() for clip in clips_at_hand(Path(folder))}
        for clip in figures:
            sides.tracked(clip, 0, 4)  # the first call of everything loads and tunes
        start = time.perf_counter()
        for turn in range(arguments.turns):
            for clip, measured in figures.items():
                for first, end in stretches(clip, arguments.frames):
                    if not turn or time.perf_counter() - start < BUDGET_S:
                        measure_stretch(sides, clip, first, end, turn=turn, figures=measured)
    for clip, measured in figures.items():
        sys.stdout.write(f"{clip.name}, {measured.num_frames} frames\n")
        for name, seconds in measured.seconds.items():
            sys.stdout.write(f"  {name:12} {1 / statistics.median(seconds):7.1f} frames/s")
            sys.stdout.write("\n" if name == "tracked" else f"  tracking is {measured.ratio(name):.2f} times as fast\n")
    result = {
        "ratio_vs_hog_every_frame": round(min(one.ratio("every_frame") for one in figures.values()), 2),
        "ratio_vs_opencv_loop": round(min(one.ratio("loop") for one in figures.values()), 2),
        "recall_tracked": round(min(one.num_tracked / one.num_frames for one in figures.values()), 4),
        "recall_every_frame": round(min(one.num_every_frame / one.num_frames for one in figures.values()), 4),
        "num_frames": sum(one.num_frames for one in figures.values()),
    }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
