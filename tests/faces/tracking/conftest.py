"""Made-up faces that move: a scene says where they are, its finder sees just that."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap_lab.faces.face import Detection, Face, FloatArray
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.mean_face import MEAN_FACE_682

SIDE = 40.0


def box_at(x: float, y: float) -> FloatArray:
    """The box of a face with that middle."""
    return np.array([x - SIDE / 2, y - SIDE / 2, x + SIDE / 2, y + SIDE / 2])


@dataclass
class Scene:
    """Middles of the faces in the frame that is looked at, found by detector and landmarker alike.

    The frame's number is written into its first pixel, as 256 * red + green.
    """

    middles: list[list[tuple[float, float]]]
    confidence: dict[int, float | None] = field(default_factory=dict)  # landmark confidence by frame, else 0.9
    num_detections: int = 0
    name = "scene (1)"

    def picture(self, index: int, *, colour: int = 90) -> NDArray[np.uint8]:
        """A frame of one colour with its number."""
        image = np.full((120, 160, 3), colour, np.uint8)
        image[0, 0] = (index // 256, index % 256, 0)
        return image

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        """All faces of the frame."""
        self.num_detections += 1
        return [Detection(box_at(*middle), 0.9) for middle in self.middles[_number(image)]]

    def landmarks(self, image: NDArray[np.uint8], detection: Detection) -> Face:
        """The mean face on the nearest face that is there, or where it is asked, unsure, if none is near."""
        index = _number(image)
        asked = (detection.box_4[:2] + detection.box_4[2:]) / 2
        near = [m for m in self.middles[index] if np.abs(np.array(m) - asked).max() < SIDE / 2]
        middle = np.array(min(near, key=lambda m: float(np.abs(np.array(m) - asked).max()), default=tuple(asked)))
        sure = self.confidence.get(index, 0.9) if near else 0.1
        points_682 = (MEAN_FACE_682 - 0.5) * SIDE * 0.9 + middle
        return Face(detection.box_4, points_682, detection.confidence, sure)

    @property
    def finder(self) -> FaceFinder:
        """Detector and landmarker of this scene."""
        return FaceFinder(self, self)


def _number(image: NDArray[np.uint8]) -> int:
    return 256 * int(image[0, 0, 0]) + int(image[0, 0, 1])


@pytest.fixture
def make_scene() -> Callable[..., Scene]:
    return Scene
