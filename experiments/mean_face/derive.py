"""Derives the mean face of ``faceswap_lab/faces/mean_face.py`` and prints it as literals.

Near-frontal faces only, one vote a person: hand-marked 68-point truth of ``$FACESWAP_LAB_FOOTAGE/landmarks`` (the
two-dimensional sets, not the fitted AFLW2000), and dlib's points on the public-domain portraits inside scikit-image
and matplotlib and on the official portraits of ``gallery``. Every face is joined by its mirror image; all are aligned
on the 51 inner points by generalised Procrustes analysis and averaged, jaw included.

Shape letters: M faces, 68 points, 2 axes.
"""

import json
import logging
import os
from pathlib import Path

import cv2
import dlib
import matplotlib
import numpy as np
import skimage.data
from numpy.typing import NDArray

from faceswap_lab.core.packaged import packaged_file
from faceswap_lab.faces.face import INNER
from faceswap_lab.faces.geometry import fit_similarity, transform_points
from faceswap_lab.faces.head3d import MIRROR_68

FloatArray = NDArray[np.float64]

FRONTAL = (0.35, 0.65)
"""Where the nose tip may fall between the outer eye corners; outside, the head is turned too far to vote."""


def frontality(points_682: FloatArray) -> float:
    """Position of the nose tip along the line between the outer eye corners: 0.5 is frontal."""
    eyes = points_682[45] - points_682[36]
    return float((points_682[30] - points_682[36]) @ eyes / (eyes @ eyes))


def hand_marked(folder: Path) -> dict[str, list[FloatArray]]:
    """Hand-marked faces by person."""
    people: dict[str, list[FloatArray]] = {}
    for item in json.loads((folder / "landmarks68.json").read_text())["items"]:
        if item["set"] == "aflw2000":
            continue
        # Two frames of one 300-VW clip show one person.
        person = str(Path(item["image"]).parent) if item["set"] == "mmpose_300vw" else item["image"]
        people.setdefault(person, []).append(np.array(item["pts"], np.float64))
    return people


def portraits(folder: Path) -> dict[str, list[FloatArray]]:
    """dlib's landmarks on portraits by person."""
    hopper = cv2.imread(str(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"))[:, :, ::-1]
    images = {"astronaut": [skimage.data.astronaut()], "hopper": [hopper]}
    for path in sorted(folder.glob("*.jpg")):
        images.setdefault(path.stem.split("_")[0], []).append(cv2.imread(str(path))[:, :, ::-1])
    detect = dlib.get_frontal_face_detector()
    weights = "models/shape_predictor_68_face_landmarks.dat"
    path = packaged_file("face_recognition_models", weights, distribution="face-recognition-models")
    predict = dlib.shape_predictor(str(path))
    people: dict[str, list[FloatArray]] = {}
    for person, pictures in images.items():
        for picture in map(np.ascontiguousarray, pictures):
            box = max(detect(picture, 1), key=lambda rectangle: rectangle.area())
            shape = predict(picture, box)
            people.setdefault(person, []).append(np.array([(p.x, p.y) for p in shape.parts()], np.float64))
    return people


def procrustes_mean(faces_M682: FloatArray, weights_M: FloatArray, num_rounds: int = 50) -> tuple[FloatArray, float]:
    """Weighted mean shape, shape (68, 2), and the spread of the aligned faces about it over the outer-eye distance."""
    mean, aligned = faces_M682[0], faces_M682
    for _ in range(num_rounds):
        aligned = np.stack([transform_points(fit_similarity(face[INNER], mean[INNER]), face) for face in faces_M682])
        mean = np.average(aligned, axis=0, weights=weights_M)
        mean /= np.linalg.norm(mean[45] - mean[36])
    spread = np.linalg.norm(aligned - mean, axis=2).mean() / np.linalg.norm(mean[45] - mean[36])
    return mean, float(spread)


def upright_in_unit_square(mean_682: FloatArray) -> FloatArray:
    """Turns the eyes level, makes the symmetry exact, and fits the 68 points' bounding square to [0, 1] squared."""
    dx, dy = mean_682[45] - mean_682[36]
    cosine, sine = np.array([dx, dy]) / np.hypot(dx, dy)
    face = mean_682 @ np.array([[cosine, -sine], [sine, cosine]])
    face = face - (face.min(0) + face.max(0)) / 2
    face = (face + face[MIRROR_68] * [-1.0, 1.0]) / 2
    return face / np.ptp(face, axis=0).max() + 0.5


def main() -> None:
    """Prints the literals and what they were made of."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    root = Path(os.environ["FACESWAP_LAB_FOOTAGE"])
    people = hand_marked(root / "landmarks") | portraits(root / "gallery")
    faces, weights = [], []
    for person, shapes in people.items():
        frontal = [shape for shape in shapes if FRONTAL[0] <= frontality(shape) <= FRONTAL[1]]
        logging.info("# %s: %d of %d faces are near-frontal", person, len(frontal), len(shapes))
        for shape in frontal:
            faces += [shape, shape[MIRROR_68] * [-1.0, 1.0]]
            weights += [0.5 / len(frontal)] * 2
    mean, spread = procrustes_mean(np.stack(faces), np.array(weights))
    logging.info("# %.0f people, mean distance to the mean face %.3f of the outer-eye distance", sum(weights), spread)
    for point in upright_in_unit_square(mean):
        logging.info("        [%.4f, %.4f],", *point)


if __name__ == "__main__":
    main()
