"""SFace, OpenCV's face descriptor; the model file is the user's."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import sha256_of
from faceswap_lab.faces.face import NUM_LANDMARKS, FloatArray
from faceswap_lab.faces.keypoints import five_of_68

_WHERE = "face_recognition_sface_2021dec.onnx of the OpenCV model zoo, github.com/opencv/opencv_zoo"
_INPUT_PX = 112


class Sface:
    """Turns a face into 128 numbers, trained on other people and by another loss than dlib's, so it can judge it.

    Euclidean distances of vectors of length 1: below 1.128 the same person, by its authors; 0 to 2.

    Args:
        model: The ONNX file, needed: ``face_recognition_sface_2021dec.onnx`` of OpenCV's model zoo (Apache-2.0, 37 MB).

    Raises:
        ConfigError: The model is not given, not there or no such network.

    Source:
        Zhong et al., "SFace", IEEE TIP 30, 2021, arXiv:2205.12010; threshold: OpenCV's tutorial "DNN-based face
        detection and recognition".
    """

    size = 128
    threshold = 1.128

    def __init__(self, *, model: str | None = None) -> None:
        if model is None:
            raise ConfigError(
                f"sface needs its model: download {_WHERE} and give embedder.model=FILE (judge.model=FILE for a judge)"
            )
        path = Path(model).expanduser()
        if not path.is_file():
            raise ConfigError(f"sface: model={model}: no such file; download {_WHERE}")
        try:
            self._network = cv2.FaceRecognizerSF.create(str(path), "")
            found = self._network.feature(np.zeros((_INPUT_PX, _INPUT_PX, 3), np.uint8))
        except (cv2.error, SystemError) as error:
            raise ConfigError(f"sface: model={model} is not an SFace network; download {_WHERE}") from error
        if np.size(found) != self.size:
            raise ConfigError(f"sface: model={model} gives {np.size(found)} numbers, SFace {self.size}; use {_WHERE}")
        self.name = f"sface ({path.name} {sha256_of(path)[:8]})"

    def embed(self, image: NDArray[np.uint8], landmarks_682: FloatArray) -> FloatArray:
        """The descriptor of one face.

        Args:
            image: Frame or crop, RGB, shape (H, W, 3); 112 px are cut from it around the face.
            landmarks_682: Landmarks in pixels of that image, shape (68, 2).

        Returns:
            Vector of shape (128,) and length 1, float64.
        """
        assert landmarks_682.shape == (NUM_LANDMARKS, 2)
        low, high = landmarks_682.min(axis=0), landmarks_682.max(axis=0)
        # As YuNet's rows: box, then the five points, the person's right eye first, which lies left in the image; score.
        row = np.concatenate([low, high - low, five_of_68(landmarks_682).ravel(), [1.0]]).astype(np.float32)
        chip = self._network.alignCrop(np.ascontiguousarray(image[:, :, ::-1]), row[None])
        vector = np.asarray(self._network.feature(chip), np.float64).ravel()
        return vector / max(float(np.linalg.norm(vector)), 1e-12)
