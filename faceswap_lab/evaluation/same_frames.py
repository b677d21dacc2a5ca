"""The same frames of the held-out footage in every run: close-ups, cut around the footage's face."""

from collections.abc import Sequence
from itertools import count, islice
from pathlib import Path

import numpy as np

from faceswap_lab.core.errors import FootageError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.evaluation.compare_tables import breakable
from faceswap_lab.evaluation.evenly import spread
from faceswap_lab.evaluation.found_runs import FoundRun
from faceswap_lab.evaluation.pictures import Image, Picture, close_up
from faceswap_lab.evaluation.schema import Metrics
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.media.footage import open_footage

NUM_FRAMES = 3
_SIZE_PX = 240
_MOST_FRAMES = 10_000_000  # of a clip: four days; a file that claims more would be counted through for long


def same_frames(pair: str, runs: Sequence[FoundRun], finder: FaceFinder) -> dict[int, list[Picture]]:
    """Pictures by frame of the clip: the footage where it still lies in its place, then each run that has its clip.

    Args:
        pair: The direction, as `metrics.json` has it.
        runs: Measured on the same footage.
        finder: Finds the faces that are cut around.
    """
    clips = {run.name: clip for run in runs if (clip := _clip(run, pair)) is not None}
    first = next((run.metrics for run in runs if run.metrics is not None), None)
    figures = (first["pairs"].get(pair) if first is not None else None) or {}
    num_frames = figures.get("frames", 0)
    if not clips or first is None or not 0 < num_frames <= _MOST_FRAMES:
        return {}
    places = _places(num_frames)
    footage = _footage(first, pair, places)
    shown = [] if footage is None else [("footage", footage)]
    shown += [(name, frames) for name, clip in clips.items() if (frames := _read(clip, places)) is not None]
    if not shown:
        return {}
    faces = [_face(finder, image) for image in shown[0][1]]
    return {
        place: [
            Picture(_cut(images[number], face), breakable(name), f"{pair.replace('>', ' as ')}: {name}, frame {place}")
            for name, images in shown
        ]
        for number, (place, face) in enumerate(zip(places, faces, strict=True))
    }


def _places(num_frames: int) -> list[int]:
    return sorted(set(spread(range(num_frames), NUM_FRAMES + 2)[1:-1] or range(num_frames)))


def _clip(run: FoundRun, pair: str) -> Path | None:
    if run.metrics is None or run.evaluated is None:
        return None
    name = run.metrics.get("clips", {}).get(pair, f"swapped_{pair.replace('>', '_as_')}.mp4")
    path = run.evaluated / Path(name).name  # beside the figures, whatever the file says
    return path if name and path.exists() else None


def _footage(metrics: Metrics, pair: str, places: Sequence[int]) -> list[Image] | None:
    record = metrics["footage"].get(pair.partition(">")[0])
    path = Path((record or {}).get("path") or "")
    if record is None or path == Path() or not path.exists():
        return None
    ranges = None if record["range"] is None else FrameRange.parse(record["range"])
    meant = islice((index for index in count() if ranges is None or ranges.contains(index)), max(places) + 1)
    indices = list(meant)
    return _read(path, [indices[place] for place in places])


def _read(path: Path, places: Sequence[int]) -> list[Image] | None:
    """Frames of a clip, None where it has not all of them."""
    wanted = FrameRange(tuple((place, place + 1) for place in sorted(places)))
    try:
        frames = {frame.index: frame.image for frame in open_footage(path).frames(wanted)}
    except FootageError:
        return None
    return [frames[place] for place in places] if set(places) <= frames.keys() else None


def _face(finder: FaceFinder, image: Image) -> FloatArray:
    """Landmarks of the largest face; the corners of the picture where there is none."""
    faces = finder.find(image)
    if faces:
        return faces[0].landmarks_682
    height, width = image.shape[:2]
    return np.array([[width * x, height * y] for x in (0.25, 0.75) for y in (0.25, 0.75)])


def _cut(image: Image, points_N2: FloatArray) -> Image:
    return close_up(image, points_N2, size=_SIZE_PX)
