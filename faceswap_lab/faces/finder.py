"""Finds the faces of a frame: one detector, then one landmarker on each of its boxes.

The two are Protocols, so that a part is a class in a file of its own and this file knows none of them.
"""

import importlib
import pkgutil
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.face import INNER, Detection, Face, FloatArray
from faceswap_lab.faces.keypoints import disagreement
from faceswap_lab.faces.quarter_turns import landmarks_of

_SURE = 0.96  # MTCNN's mean probability from which on a face need not agree with its landmarks
_MOST_DISAGREEMENT = 0.20  # tilted true faces below that confidence: to 0.17, faces on their heads: from 0.21


class Detector(Protocol):
    """Finds face boxes; ``name`` says which weights, for a face set's rows."""

    name: str

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Boxes in pixels of the frame, best first; RGB image of shape (H, W, 3)."""
        ...


class Landmarker(Protocol):
    """Finds 68 landmarks in a box; ``name`` says which weights, for a face set's rows."""

    name: str

    def landmarks(self, image: NDArray[np.uint8], detection: Detection) -> Face:
        """The face of one detection, in frame pixels; RGB image of shape (H, W, 3)."""
        ...


class Embedder(Protocol):
    """Turns a face into a vector that lies close to those of the same person.

    Attributes:
        name: Which weights, for a face set's rows.
        threshold: Euclidean distance below which two faces are one person's, as its author published it.
    """

    name: str
    threshold: float

    def embed(self, image: NDArray[np.uint8], landmarks_682: FloatArray) -> FloatArray:
        """The vector of the face with these landmarks, in pixels of the RGB image of shape (H, W, 3)."""
        ...


class Masker(Protocol):
    """Draws the face region of a crop."""

    def mask(self, landmarks_682: FloatArray, frame_to_crop_23: FloatArray, size: int) -> NDArray[np.uint8]:
        """Mask of shape (size, size), 0 to 255, from landmarks in frame pixels."""
        ...


class FaceFinder:
    """Detector and landmarker in a row; what extraction, conversion and evaluation share.

    Args:
        detector: Finds boxes.
        landmarker: Finds the 68 points of each.
        unrefined: The same finder before its landmarks were refined; None where they are not.
    """

    def __init__(self, detector: Detector, landmarker: Landmarker, *, unrefined: "FaceFinder | None" = None) -> None:
        self.detector, self.landmarker = detector, landmarker
        self.unrefined: FaceFinder = unrefined or self
        """Finds the same faces, sooner where landmarks are refined: for what asks only where faces are."""

    def find(self, image: NDArray[np.uint8]) -> list[Face]:
        """All faces of one frame, largest first.

        Args:
            image: Frame, RGB, shape (H, W, 3).

        Returns:
            Faces in frame pixels; empty where there is none.
        """
        found = [(box, landmarks_of(self.landmarker, image, box)) for box in self.detector.detect(image)]
        faces = [face for detection, face in found if _is_plausible(detection, face)]
        return sorted(faces, key=lambda face: -face.area)


def build_finder(detector: str = "mtcnn", landmarker: str = "dlib68") -> FaceFinder:
    """A finder by names, with default settings, for use without configuration files.

    Raises:
        ConfigError: A name is unknown, or a part's weights are not there.
    """
    return FaceFinder(build_part("detector", detector), build_part("landmarker", landmarker))


def build_part(group: str, name: str) -> Any:
    """A part by its group and name, with default settings: the folder is the catalogue.

    Args:
        group: ``detector``, ``landmarker``, ``masker`` or ``embedder``.
        name: A module of that folder; its class is the same name in capitals (``dlib_hog``, ``DlibHog``).

    Raises:
        ConfigError: There is no such part, or its weights are not there.
    """
    folder = importlib.import_module(f"faceswap_lab.faces.{group}s")
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    if name not in names:
        raise ConfigError(f"{group}={name} is unknown; use one of {', '.join(names)}")
    module = importlib.import_module(f"{folder.__name__}.{name}")
    return getattr(module, "".join(word.capitalize() for word in name.split("_")))()


def _is_plausible(detection: Detection, face: Face) -> bool:
    """Whether landmarks and detection mean the same thing: the points lie in the box, and near the keypoints.

    Confident detections may disagree, as profiles do; the rest are mostly faces on their heads, hands and patterns.
    """
    inner = face.landmarks_682[INNER]
    low, high = face.box_4[:2], face.box_4[2:]
    slack = 0.25 * (high - low)
    inside = ((inner > low - slack) & (inner < high + slack)).all(1).mean()
    if inside < 0.8 or np.ptp(inner, axis=0).min() < 0.15 * (high - low).min():
        return False
    if detection.keypoints_52 is None or detection.confidence >= _SURE:
        return True
    return disagreement(face.landmarks_682, detection.keypoints_52) < _MOST_DISAGREEMENT
