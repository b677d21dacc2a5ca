"""dlib's ResNet face descriptor."""

# pyright: reportAttributeAccessIssue=false
# dlib takes its names from a compiled module without stubs.

import dlib
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.packaged import distribution_version, packaged_file
from faceswap_lab.faces.face import NUM_LANDMARKS, FloatArray


class DlibResnet:
    """Turns a face into 128 numbers that lie close together for one person; about 0.15 s a face on a CPU.

    Euclidean distances: below 0.6 the same person, by its author; within one clip below 0.36. The weights come
    without the research-only limit of dlib's 68-point file. It tells nothing about how well a face is drawn.

    Raises:
        ConfigError: face-recognition-models is not installed.

    Source:
        King, blog.dlib.net/2017/02/high-quality-face-recognition-with-deep.html; He et al., arXiv:1512.03385.
    """

    size = 128
    threshold = 0.6

    def __init__(self) -> None:
        path = packaged_file(
            "face_recognition_models",
            "models/dlib_face_recognition_resnet_model_v1.dat",
            distribution="face-recognition-models",
        )
        self._network = dlib.face_recognition_model_v1(str(path))
        self.name = f"dlib_resnet ({distribution_version('face-recognition-models')})"

    def embed(self, image: NDArray[np.uint8], landmarks_682: FloatArray) -> FloatArray:
        """The descriptor of one face.

        Args:
            image: Frame or crop, RGB, shape (H, W, 3); 150 px are cut from it around the face.
            landmarks_682: Landmarks in pixels of that image, shape (68, 2).

        Returns:
            Vector of shape (128,), float64.
        """
        assert landmarks_682.shape == (NUM_LANDMARKS, 2)
        low, high = np.rint(landmarks_682.min(0)).astype(int), np.rint(landmarks_682.max(0)).astype(int)
        points = [dlib.point(int(x), int(y)) for x, y in np.rint(landmarks_682)]
        shape = dlib.full_object_detection(dlib.rectangle(int(low[0]), int(low[1]), int(high[0]), int(high[1])), points)
        chip = dlib.get_face_chip(np.ascontiguousarray(image), shape, size=150)
        return np.array(self._network.compute_face_descriptor(chip), np.float64)
