"""Several detectors at once: each finds faces that the others miss, and where they agree a face is surer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.detectors.dlib_hog import DlibHog
from faceswap_lab.faces.detectors.mtcnn import Mtcnn
from faceswap_lab.faces.face import Detection
from faceswap_lab.faces.finder import Detector
from faceswap_lab.faces.search import Search
from faceswap_lab.faces.suppress import shared_area


class Ensemble:
    """Asks several detectors and keeps one box a face.

    Scores of two detectors cannot be compared. So the order given decides whose box stays, and a face's confidence is
    the share of the detectors that found it.

    Args:
        detectors: The most trusted first; by default MTCNN, then dlib's HOG.
        least_votes: How many must find a face: 1 finds the most, all of them the fewest false faces.
        most_overlap: From which share of the smaller box on two boxes are one face; detectors frame faces differently.
        rotations: See ``Search``, as ``min_face`` and ``margin``; the detectors' own should be left alone.
        min_face: As a share of the frame's short side.
        margin: In sides of the box.

    Raises:
        ConfigError: There are fewer than two detectors, or a value is out of range.
    """

    def __init__(
        self,
        *,
        detectors: Sequence[Detector] | None = None,
        least_votes: int = 1,
        most_overlap: float = 0.6,
        rotations: Sequence[int] = (0,),
        min_face: float = 0.0,
        margin: float = 0.0,
    ) -> None:
        self._detectors: list[Detector] = [Mtcnn(), DlibHog()] if detectors is None else list(detectors)
        if len(self._detectors) < 2:
            raise ConfigError(f"detector.detectors holds {len(self._detectors)}; an ensemble takes two or more")
        if not 1 <= least_votes <= len(self._detectors):
            raise ConfigError(f"detector.least_votes={least_votes}: use 1 to {len(self._detectors)}, one a detector")
        if not 0 < most_overlap < 1:
            raise ConfigError(f"detector.most_overlap={most_overlap} is a share; use a value between 0 and 1")
        self._least_votes, self._most_overlap = least_votes, most_overlap
        self._search = Search(rotations=rotations, min_face=min_face, margin=margin)
        names = " + ".join(detector.name for detector in self._detectors)
        self.name = f"ensemble ({names}, least_votes={least_votes} most_overlap={most_overlap}{self._search.settings})"

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        """All faces of one frame, those first that most detectors found.

        Args:
            image: Frame, RGB, shape (H, W, 3).

        Returns:
            Boxes in pixels of the frame as given, with the keypoints of the detector whose box stayed; the confidence
            is the share of the detectors that agree.
        """
        return self._search.over(image, self._find)

    def _find(self, image: NDArray[np.uint8]) -> list[Detection]:
        faces: list[tuple[Detection, set[int]]] = []
        for number, detector in enumerate(self._detectors):
            for found in detector.detect(image):
                known = next((voters for face, voters in faces if self._is_same(face, found)), None)
                if known is None:
                    faces.append((found, {number}))
                else:
                    known.add(number)
        faces = [(face, voters) for face, voters in faces if len(voters) >= self._least_votes]
        faces.sort(key=lambda entry: -len(entry[1]))  # stable: then by the order of the detectors and their own scores
        return [_with_confidence(face, len(voters) / len(self._detectors)) for face, voters in faces]

    def _is_same(self, one: Detection, other: Detection) -> bool:
        areas = [float(np.prod(np.maximum(face.box_4[2:] - face.box_4[:2], 0))) for face in (one, other)]
        return float(shared_area(one.box_4, other.box_4[None])[0]) > self._most_overlap * min(areas)


def _with_confidence(face: Detection, confidence: float) -> Detection:
    return Detection(face.box_4, confidence, face.keypoints_52, face.hog_box_4, face.turn_deg)
