"""dlib's convolutional detector: finds turned and tilted faces that its HOG detector misses; slow on a CPU."""

# pyright: reportAttributeAccessIssue=false
# dlib takes its names from a compiled module without stubs.

from collections.abc import Sequence

import dlib
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.packaged import distribution_version, packaged_file
from faceswap_lab.faces.face import Detection
from faceswap_lab.faces.hog_box import hog_box_from
from faceswap_lab.faces.search import Search
from faceswap_lab.faces.shrink import check_shrinking, shrink_to_short_side

_SMALLEST_SIDE = 40  # px: less than the network's windows need


class DlibMmod:
    """Finds faces of 80 px and more of the shrunk frame; about 2.5 s a square frame at 480 px on one core.

    Args:
        short_side: The frame is shrunk until its short side is at most this many pixels; cost grows with its square.
        num_upsample: How often the shrunk frame is doubled: 0 finds faces from 80 px, 1 from 40 px at 4 times the cost.
        least_score: Least score of a face; 0 is dlib's own, higher gives fewer false faces.
        rotations: See ``Search``, as ``min_face`` and ``margin``.
        min_face: As a share of the frame's short side.
        margin: In sides of the box.

    Raises:
        ConfigError: A value is out of range, or face-recognition-models is not installed.

    Source:
        King, arXiv:1502.00046; file of face-recognition-models.
    """

    def __init__(
        self,
        *,
        short_side: int = 480,
        num_upsample: int = 0,
        least_score: float = 0.0,
        rotations: Sequence[int] = (0,),
        min_face: float = 0.0,
        margin: float = 0.0,
    ) -> None:
        check_shrinking(short_side, num_upsample)
        self._short_side, self._num_upsample, self._least_score = short_side, num_upsample, least_score
        self._search = Search(rotations=rotations, min_face=min_face, margin=margin)
        path = packaged_file(
            "face_recognition_models", "models/mmod_human_face_detector.dat", distribution="face-recognition-models"
        )
        self._detect = dlib.cnn_face_detection_model_v1(str(path))
        settings = f"short_side={short_side} num_upsample={num_upsample} least_score={least_score}"
        version = distribution_version("face-recognition-models")
        self.name = f"dlib_mmod ({version}, {settings}{self._search.settings})"

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        """All faces of one frame, best first.

        Args:
            image: Frame, RGB, shape (H, W, 3).

        Returns:
            Square boxes in pixels of the frame as given, no keypoints.
        """
        return self._search.over(image, self._find)

    def _find(self, image: NDArray[np.uint8]) -> list[Detection]:
        small, scale_2 = shrink_to_short_side(image, self._short_side)
        found: list[Detection] = []
        if min(small.shape[:2]) < _SMALLEST_SIDE:
            return found
        for face in self._detect(np.ascontiguousarray(small), self._num_upsample):
            if face.confidence >= self._least_score:
                rect = face.rect
                # dlib's right and bottom are the last pixel inside: one more is the edge.
                edges = np.array([rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1], np.float64)
                box_4 = edges / np.tile(scale_2, 2) - 0.5
                found.append(Detection(box_4, float(face.confidence), hog_box_4=hog_box_from(box_4, "dlib_mmod")))
        return sorted(found, key=lambda face: -face.confidence)
