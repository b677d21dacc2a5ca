"""YuNet, OpenCV's small detector with five keypoints; the model file is the user's."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import sha256_of
from faceswap_lab.faces.face import Detection
from faceswap_lab.faces.search import Search
from faceswap_lab.faces.shrink import check_shrinking, shrink_to_short_side

_WHERE = "face_detection_yunet_2023mar.onnx of the OpenCV model zoo, github.com/opencv/opencv_zoo"
_SMALLEST_SIDE = 32  # px: the network's coarsest step


class Yunet:
    """Finds faces and five keypoints on each; milliseconds a frame, and small and turned faces too.

    Args:
        model: The ONNX file, needed: ``face_detection_yunet_2023mar.onnx`` of OpenCV's model zoo (MIT licence, 230 kB).
        short_side: The frame is shrunk until its short side is at most this many pixels.
        least_score: Least score of a face, 0 to 1.
        most_overlap: Most overlap of two faces, shared area over union.
        rotations: See ``Search``, as ``min_face`` and ``margin``.
        min_face: As a share of the frame's short side.
        margin: In sides of the box.

    Raises:
        ConfigError: The model is not given, not there or no such network, or a value is out of range.

    Source:
        Wu, Peng and Yu, Machine Intelligence Research 20, 2023, doi:10.1007/s11633-023-1423-y.
    """

    def __init__(
        self,
        *,
        model: str | None = None,
        short_side: int = 480,
        least_score: float = 0.7,
        most_overlap: float = 0.3,
        rotations: Sequence[int] = (0,),
        min_face: float = 0.0,
        margin: float = 0.0,
    ) -> None:
        if not 0 < least_score < 1 or not 0 < most_overlap < 1:
            raise ConfigError(
                f"detector.least_score={least_score} and detector.most_overlap={most_overlap} lie between 0 and 1"
            )
        check_shrinking(short_side)
        if model is None:
            raise ConfigError(f"detector.model is missing; download {_WHERE} and give detector.model=FILE")
        path = Path(model).expanduser()
        if not path.is_file():
            raise ConfigError(f"detector.model={model}: no such file; download {_WHERE}")
        self._short_side = short_side
        self._search = Search(rotations=rotations, min_face=min_face, margin=margin)
        try:
            self._network = cv2.FaceDetectorYN.create(str(path), "", (320, 320), least_score, most_overlap)
            self._find(np.zeros((64, 64, 3), np.uint8))  # another network fails here, not at the first frame
        except (cv2.error, SystemError) as error:
            raise ConfigError(f"detector.model={model} is not a YuNet network; download {_WHERE}") from error
        settings = f"short_side={short_side} least_score={least_score} most_overlap={most_overlap}"
        self.name = f"yunet ({path.name} {sha256_of(path)[:8]}, {settings}{self._search.settings})"

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        """All faces of one frame, best first.

        Args:
            image: Frame, RGB, shape (H, W, 3).

        Returns:
            Boxes and keypoints in pixels of the frame as given; the box frames the face, chin to hairline.
        """
        return self._search.over(image, self._find)

    def _find(self, image: NDArray[np.uint8]) -> list[Detection]:
        small, scale_2 = shrink_to_short_side(image, self._short_side)
        if min(small.shape[:2]) < _SMALLEST_SIDE:
            return []
        self._network.setInputSize(small.shape[1::-1])
        found = self._network.detect(np.ascontiguousarray(small[:, :, ::-1]))[1]
        detections: list[Detection] = []
        for row in [] if found is None else np.asarray(found, np.float64):
            corners_22 = np.stack([row[:2], row[:2] + row[2:4]])
            # Columns 4 to 13: right eye, left eye, nose, right and left mouth corner of the person, which is ours as
            # the image shows them.
            points_52 = row[4:14].reshape(5, 2) / scale_2 - 0.5
            detections.append(Detection((corners_22 / scale_2 - 0.5).ravel(), float(row[14]), points_52))
        return sorted(detections, key=lambda face: -face.confidence)
