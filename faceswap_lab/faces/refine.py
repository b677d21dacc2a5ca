"""Cures for trembling and biased landmarks, each an option: re-feeding, sharpening, a second pass, smoothing."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError, NoFaceError
from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.detection_moves import through
from faceswap_lab.faces.face import Detection, Face
from faceswap_lab.faces.finder import FaceFinder, Landmarker
from faceswap_lab.faces.geometry import invert_affine, transform_points
from faceswap_lab.faces.keypoints import five_of_68
from faceswap_lab.faces.refed import Refed
from faceswap_lab.faces.tracking.smoothing import Smoother

_SECOND_PASS = CropSpec("head", 448)  # the face at the size and with the room that dlib's patch has


class Refine:
    """What is done to landmarks beyond asking the landmarker once.

    Args:
        refeed: How many more times it is asked, from moved and scaled boxes; the answers are averaged. 0 to 16, each
            costs what the first costs. It also lets a landmarker be followed that does not say how sure it is.
        sharpened: Whether the face is also asked for in a sharpened picture, and half of the moved boxes in it alone;
            costs one answer more. What is blurred by motion is not taken for an open mouth.
        second_pass: Whether it is asked again on the upright, aligned crop of its first answer; twice the time.
        smooth: ``off``, ``light`` or ``strong``, see ``Smoother``.

    Raises:
        ConfigError: A value is out of range.
    """

    def __init__(
        self, *, refeed: int = 0, sharpened: bool = False, second_pass: bool = False, smooth: str = "light"
    ) -> None:
        if not 0 <= refeed <= 16:
            raise ConfigError(f"refine.refeed={refeed} must be from 0 to 16")
        self._refeed, self._sharpened, self._second_pass = refeed, sharpened, second_pass
        self.smoother = Smoother(smooth)
        self.name = f"refeed={refeed} sharpened={sharpened} second_pass={second_pass} smooth={smooth}"

    def apply(self, finder: FaceFinder) -> FaceFinder:
        """A finder whose landmarks are refined; the same one where nothing is to be done within a frame."""
        landmarker = finder.landmarker
        if self._refeed or self._sharpened:
            landmarker = Refed(landmarker, self._refeed, sharpened=self._sharpened)
        if self._second_pass:
            landmarker = TwicePassed(landmarker)
        if landmarker is finder.landmarker:
            return finder
        return FaceFinder(finder.detector, landmarker, unrefined=finder.unrefined)


class TwicePassed:
    """A landmarker that is asked again on the aligned crop of its first answer.

    Args:
        landmarker: The one to ask.
    """

    def __init__(self, landmarker: Landmarker) -> None:
        self._landmarker = landmarker
        self.name = f"{landmarker.name} twice"

    def landmarks(self, image: NDArray[np.uint8], detection: Detection) -> Face:
        """The face of one detection, as ``Landmarker.landmarks``; the first answer where it cannot be aligned."""
        first = self._landmarker.landmarks(image, detection)
        try:
            matrix_23 = frame_to_crop(first.landmarks_682, _SECOND_PASS)
        except NoFaceError:
            return first
        crop = cut(image, matrix_23, _SECOND_PASS.size)
        keypoints = detection.keypoints_52
        if keypoints is not None:
            # Moved onto the first answer: it is nearer to the face than the detector, whose offset is kept.
            keypoints = keypoints + (five_of_68(first.landmarks_682) - keypoints).mean(0) * 0.5
        second = self._landmarker.landmarks(crop, through(matrix_23, replace(detection, keypoints_52=keypoints)))
        points_682 = transform_points(invert_affine(matrix_23), second.landmarks_682)
        return replace(first, landmarks_682=points_682, landmark_confidence=second.landmark_confidence)
