"""How MTCNN's box becomes one that dlib's 68-point trees expect, and what that costs.

Prints the tables of README.md. Needs ``$FACESWAP_LAB_FOOTAGE`` (marked faces, two clips, stills).

Shape letters: N faces, 4 = x0 y0 x1 y1, 68 landmarks, 2 axes.
"""

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.detectors.dlib_hog import DlibHog
from faceswap_lab.faces.detectors.mtcnn import Mtcnn
from faceswap_lab.faces.embedders.dlib_resnet import DlibResnet
from faceswap_lab.faces.face import Detection, FloatArray
from faceswap_lab.faces.geometry import transform_points
from faceswap_lab.faces.keypoints import disagreement
from faceswap_lab.faces.landmarkers import dlib68
from faceswap_lab.faces.landmarkers.dlib68 import Dlib68
from faceswap_lab.media.footage import open_footage

logger = logging.getLogger("mtcnn_box")
CLIPS = ("man_kitchen", "woman_outdoors")


@dataclass(frozen=True)
class Sample:
    """A face that both detectors find."""

    source: str
    image: NDArray[np.uint8]
    hog: Detection
    mtcnn: Detection
    truth_682: FloatArray | None


def pictures(root: Path) -> Iterator[tuple[str, NDArray[np.uint8], FloatArray | None]]:
    """Source, picture, and hand-marked points where there are any."""
    for item in json.loads((root / "landmarks" / "landmarks68.json").read_text())["items"]:
        picture = cv2.imread(str(root / "landmarks" / item["image"]))
        yield item["set"], np.ascontiguousarray(picture[:, :, ::-1]), np.array(item["pts"])
    yield "portrait", skimage.data.astronaut(), None
    for path in sorted((root / "gallery").glob("*.jpg")):
        yield "gallery", np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1]), None
    for clip in CLIPS:
        for frame in open_footage(root / "clips" / f"{clip}.mp4").frames(every=12):
            yield clip, frame.image, None


def overlap(one_4: FloatArray, other_4: FloatArray) -> float:
    """Intersection over union."""
    shared = np.prod(np.maximum(np.minimum(one_4[2:], other_4[2:]) - np.maximum(one_4[:2], other_4[:2]), 0))
    return float(shared / (np.prod(one_4[2:] - one_4[:2]) + np.prod(other_4[2:] - other_4[:2]) - shared))


def samples(root: Path) -> list[Sample]:
    """Every picture whose face both detectors find."""
    hog, mtcnn, found = DlibHog(), Mtcnn(), []
    for source, image, truth in pictures(root):
        theirs = mtcnn.detect(image)
        if truth is not None:
            marked_4 = np.concatenate([truth.min(0), truth.max(0)])
            theirs = [detection for detection in theirs if overlap(detection.box_4, marked_4) > 0.3]
        face = max(theirs, key=lambda detection: np.prod(detection.box_4[2:] - detection.box_4[:2]), default=None)
        ours = [box for box in hog.detect(image) if face is not None and overlap(box.box_4, face.box_4) > 0.2]
        if face is not None and ours:
            found.append(Sample(source, image, ours[0], face, truth))
    return found


def calibrate(found: list[Sample]) -> None:
    """HOG boxes in units of the keypoints' spread and of MTCNN's box height; every source counts alike."""
    rows: dict[str, list[list[float]]] = {}
    for sample in found:
        keypoints, hog_4, box_4 = sample.mtcnn.keypoints_52, sample.hog.box_4, sample.mtcnn.box_4
        assert keypoints is not None
        middle, height = keypoints.mean(0), box_4[3] - box_4[1]
        spread = np.sqrt(np.square(keypoints - middle).sum(1).mean())
        centre, side = (hog_4[:2] + hog_4[2:]) / 2, (hog_4[2:] - hog_4[:2]).mean()
        rise = (middle[1] - centre[1]) / spread
        rows.setdefault(sample.source, []).append([side / spread, rise, side / height, side / (box_4[2] - box_4[0])])
    logger.info("source, faces | side / spread, rise / spread | side / box height, side / box width (mean)")
    for source, values in rows.items():
        logger.info("%s, %d | %.3f %.3f | %.3f %.3f", source, len(values), *np.mean(values, 0))
    logger.info("all alike | %.3f %.3f | %.3f %.3f", *np.mean([np.mean(values, 0) for values in rows.values()], 0))


def scaled_box(detection: Detection) -> Detection:
    """MTCNN's box shrunk to the HOG box's mean share of its height: what one would do without keypoints."""
    height = detection.box_4[3] - detection.box_4[1]
    centre = (detection.box_4[:2] + detection.box_4[2:]) / 2 + [0, 0.035 * height]
    return Detection(np.concatenate([centre - 0.415 * height, centre + 0.415 * height]), 1.0)


def errors(found: list[Sample]) -> None:
    """Landmark error over outer-eye distance on the marked faces, for four kinds of start."""
    landmarker, starts = Dlib68(), dlib68._STARTS
    marked = [sample for sample in found if sample.truth_682 is not None]
    for name, num_starts, detection_of in (
        ("HOG box, one start", 1, lambda sample: sample.hog),
        ("HOG box", 4, lambda sample: sample.hog),
        ("MTCNN box as it is", 4, lambda sample: replace(sample.mtcnn, keypoints_52=None)),
        ("MTCNN box scaled", 4, lambda sample: scaled_box(sample.mtcnn)),
        ("MTCNN keypoints, one start", 1, lambda sample: sample.mtcnn),
        ("MTCNN keypoints", 4, lambda sample: sample.mtcnn),
    ):
        dlib68._STARTS = starts if num_starts == 4 else ((0.0, 0.0, 0.0),)
        values: dict[str, list[float]] = {}
        for sample in marked:
            truth = sample.truth_682
            found_682 = landmarker.landmarks(sample.image, detection_of(sample)).landmarks_682
            error = np.linalg.norm(found_682 - truth, axis=1).mean() / np.linalg.norm(truth[45] - truth[36])
            values.setdefault("fitted" if sample.source == "aflw2000" else "hand-marked", []).append(float(error))
        both = [error for part in values.values() for error in part]
        means = {part: round(float(np.mean(part_values)), 4) for part, part_values in values.items()}
        logger.info("%s: all %d: %.4f, %s", name, len(both), np.mean(both), means)
    dlib68._STARTS = starts


def tremor(root: Path) -> None:
    """Root mean square of the landmarks' second difference in time, in thousandths of the outer-eye distance."""
    landmarker, mtcnn, starts = Dlib68(), Mtcnn(), dlib68._STARTS
    for clip in CLIPS:
        frames = [
            frame.image for frame in open_footage(root / "clips" / f"{clip}.mp4").frames(FrameRange.parse("100:150"))
        ]
        boxes = [mtcnn.detect(image)[0] for image in frames]
        for num_starts in (1, 4):
            dlib68._STARTS = starts if num_starts == 4 else ((0.0, 0.0, 0.0),)
            path = np.stack([landmarker.landmarks(i, b).landmarks_682 for i, b in zip(frames, boxes, strict=True)])
            bend = path[2:] - 2 * path[1:-1] + path[:-2]
            eyes = np.linalg.norm(path[:, 45] - path[:, 36], axis=1).mean()
            value = 1e3 * np.sqrt(np.square(bend).sum(-1).mean() / 6) / eyes
            logger.info("%s, %d start(s): tremor %.1f", clip, num_starts, value)
    dlib68._STARTS = starts


def false_faces(root: Path) -> None:
    """Mean probability over 14 views and disagreement with the landmarks, of all that a single look lets through."""
    landmarker, loose = Dlib68(), Mtcnn(p_face=0.01)
    clips = [(clip, root / "clips" / f"{clip}.mp4", "0:", 12) for clip in CLIPS]
    clips += [(name, root / "hard" / f"{name}.mp4", "0:", 2) for name in ("h05_rotpix180", "h07_noface")]
    for name, path, text, every in clips:
        rows = []
        for frame in open_footage(path).frames(FrameRange.parse(text), every):
            for place, box in enumerate(sorted(loose.detect(frame.image), key=lambda box: -box.confidence)):
                points = landmarker.landmarks(frame.image, box).landmarks_682
                assert box.keypoints_52 is not None
                rows.append((place > 0 or name.startswith("h"), box.confidence, disagreement(points, box.keypoints_52)))
        for is_false in (False, True):
            part = np.array([row[1:] for row in rows if row[0] == is_false])
            if len(part):
                word = "false" if is_false else "true"
                logger.info(
                    "%s: %d %s, probability %.2f to %.2f, disagreement %.2f to %.2f",
                    *(name, len(part), word, part[:, 0].min(), part[:, 0].max(), part[:, 1].min(), part[:, 1].max()),
                )


def vectors_from_crops(root: Path) -> None:
    """How far a vector computed from the stored crop lies from the one computed from the whole frame."""
    embedder, mtcnn, landmarker = DlibResnet(), Mtcnn(), Dlib68()
    for kind, size in (("face", 256), ("head", 512)):
        spec = CropSpec(kind, size)
        for clip in CLIPS:
            whole, cropped = [], []
            for frame in open_footage(root / "clips" / f"{clip}.mp4").frames(every=40):
                face = landmarker.landmarks(frame.image, mtcnn.detect(frame.image)[0])
                matrix = frame_to_crop(face.landmarks_682, spec)
                points = transform_points(matrix, face.landmarks_682)
                whole.append(embedder.embed(frame.image, face.landmarks_682))
                cropped.append(embedder.embed(cut(frame.image, matrix, size), points))
            each = np.linalg.norm(np.array(whole) - cropped, axis=1).mean()
            of_means = np.linalg.norm(np.mean(whole, 0) - np.mean(cropped, 0))
            logger.info("%s crop, %s: vector moves by %.3f, the mean of all by %.3f", kind, clip, each, of_means)


def main() -> None:
    """Prints all tables."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    root = Path(os.environ["FACESWAP_LAB_FOOTAGE"])
    found = samples(root)
    calibrate(found)
    errors(found)
    tremor(root)
    false_faces(root)
    vectors_from_crops(root)


if __name__ == "__main__":
    main()
