"""FAN, the heat-map network of the face-alignment package; its weights are fetched at first use."""

import pickle
from importlib.metadata import PackageNotFoundError, version
from urllib.error import URLError

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.packaged import distribution_version
from faceswap_lab.faces.face import NUM_LANDMARKS, Detection, Face


class Fan:
    """Finds 68 landmarks by stacked hourglass networks: better than trees on turned heads, about 1 s a face on a CPU.

    The package is imported, and its 96 MB of weights are fetched into torch's hub cache, when this is constructed.
    From 1.5 on it reads them with ``weights_only=True``, so a foreign file in the cache cannot run code; older
    versions are refused.

    Args:
        device: Where the network runs, as torch names it.
        flip: Whether the mirrored face is asked too and both answers are averaged; twice the time.

    Raises:
        ConfigError: face-alignment is missing or older than 1.5, or the weights cannot be fetched or read.

    Source:
        Bulat and Tzimiropoulos, ICCV 2017, doi:10.1109/ICCV.2017.116.
    """

    def __init__(self, *, device: str = "cpu", flip: bool = True) -> None:
        try:
            major, minor = version("face-alignment").split(".")[:2]
        except PackageNotFoundError as error:
            raise ConfigError("landmarker=fan needs face-alignment; run `pip install 'face-alignment>=1.5'`") from error
        if (int(major), int(minor)) < (1, 5):
            raise ConfigError("landmarker=fan needs face-alignment 1.5 or newer, whose loader runs no code of a file")
        import face_alignment  # here: it brings numba and torch, seconds that other landmarkers need not pay

        try:
            self._network = face_alignment.FaceAlignment(
                face_alignment.LandmarksType.TWO_D,
                device=device,
                flip_input=flip,
                face_detector="folder",  # the only one without weights of its own; we pass our boxes
                compile=False,
            )
        except (URLError, TimeoutError, ConnectionError) as error:
            raise ConfigError(
                f"landmarker=fan has to download its weights once and could not ({error}); go online, "
                "put 2DFAN4-11f355bf06.pth.tar into torch's hub cache, or use landmarker=dlib68"
            ) from error
        except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError) as error:
            first_line = str(error).split("\n", 1)[0]
            raise ConfigError(
                "landmarker=fan cannot read 2DFAN4-11f355bf06.pth.tar in torch's hub cache; "
                f"delete it and try again ({first_line[:120]})"
            ) from error
        self.name = f"fan ({distribution_version('face-alignment')})"

    def landmarks(self, image: NDArray[np.uint8], detection: Detection) -> Face:
        """The face of one detection.

        Args:
            image: Frame, RGB, shape (H, W, 3).
            detection: Box in frame pixels; FAN was trained on boxes from the forehead to the chin, as MTCNN's.

        Returns:
            The same box and confidence, with landmarks of shape (68, 2) in frame pixels.
        """
        answers = self._network.get_landmarks_from_image(image, detected_faces=[detection.box_4])
        assert answers is not None  # it is None only without boxes
        points_682 = np.asarray(answers[0], np.float64)
        assert points_682.shape == (NUM_LANDMARKS, 2)
        return Face(detection.box_4, points_682, detection.confidence)
