"""Faces without networks: a finder that sees one fixed face, and pictures to look at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap_lab.core.consent import check_consent
from faceswap_lab.faces.face import Detection, Face
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.faces.mean_face import MEAN_FACE_682

FRAME = (120, 160)  # height, width
LANDMARKS_682 = MEAN_FACE_682 * 60 + [50, 30]


class FixedDetector:
    """Sees one face wherever the picture is bright, none where it is dark; counts the frames it was shown."""

    name = "fixed (1)"

    def __init__(self, num_faces: int = 1) -> None:
        self.num_faces, self.num_seen = num_faces, 0

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        self.num_seen += 1
        if image.mean() < 20:
            return []
        shrinks = [np.array([0.0, 0, -2, -2]) * place for place in range(self.num_faces)]
        return [Detection(np.array([45.0, 25, 115, 95]) + shrink, 0.9) for shrink in shrinks]


class FixedLandmarker:
    """Answers the mean face."""

    name = "fixed (2)"

    def landmarks(self, image: NDArray[np.uint8], detection: Detection) -> Face:
        return Face(detection.box_4, LANDMARKS_682, detection.confidence)


class FixedEmbedder:
    """The mean colour of the picture; counts its calls."""

    name = "fixed (3)"

    def __init__(self) -> None:
        self.num_calls = 0

    def embed(self, image: NDArray[np.uint8], landmarks_682: NDArray[np.float64]) -> NDArray[np.float64]:
        self.num_calls += 1
        return image.mean((0, 1))


@pytest.fixture
def landmarks_682() -> NDArray[np.float64]:
    return LANDMARKS_682


@pytest.fixture
def embedder() -> FixedEmbedder:
    return FixedEmbedder()


@pytest.fixture
def finder() -> FaceFinder:
    return FaceFinder(FixedDetector(), FixedLandmarker())


@pytest.fixture
def record() -> IdentityRecord:
    return IdentityRecord("ada", check_consent("written", reference="contract 12"), licence="CC-BY-4.0")


def _write_pictures(folder: Path, brightness: list[int]) -> Path:
    """A folder of small textured pictures, one for each brightness; 0 is black."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for index, level in enumerate(brightness):
        noise = rng.integers(0, 40, (*FRAME, 3)) if level else np.zeros((*FRAME, 3))
        cv2.imwrite(str(folder / f"{index:03d}.png"), np.clip(level + noise, 0, 255).astype(np.uint8))
    return folder


@pytest.fixture
def write_pictures() -> Callable[[Path, list[int]], Path]:
    return _write_pictures


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Six frames, the third of them without a face."""
    return _write_pictures(tmp_path / "pictures", [100, 120, 0, 140, 160, 180])


class InterruptedRunError(Exception):
    """Stands for a kill between two frames."""


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], Any]], bool]:
    """``interrupted(3, run)`` calls ``run``, ends it at the fourth frame that is searched, and tells whether it did."""

    def interrupt(stop_at: int, run: Callable[[], Any]) -> bool:
        find, calls = FaceFinder.find, []

        def stop(self: FaceFinder, image: Any) -> Any:
            calls.append(None)
            if len(calls) > stop_at:
                raise InterruptedRunError
            return find(self, image)

        with monkeypatch.context() as patch:
            patch.setattr(FaceFinder, "find", stop)
            try:
                run()
            except InterruptedRunError:
                return True
        return False

    return interrupt
