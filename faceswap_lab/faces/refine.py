"""Cures for trembling and biased landmarks, each of them an option: re-feeding, a second pass, smoothing in time."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError, NoFaceError
from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.face import Detection, Face
from faceswap_lab.faces.finder import FaceFinder, Landmarker
from faceswap_lab.faces.geometry import FloatArray, invert_affine, transform_points
from faceswap_lab.faces.keypoints import five_of_68
from faceswap_lab.faces.landmark_confidence import landmark_confidence
from faceswap_lab.faces.tracking.smoothing import Smoother

_SHIFT = 0.04  # of the box's side: how far re-fed boxes lie from the detector's
_GROWTH = 0.05
_SECOND_PASS = CropSpec("head", 448)  # the face at the size and with the room that dlib's patch has


class Refine:
    """What is done to landmarks beyond asking the landmarker once.

    Args:
        refeed: How many more times it is asked, from moved and scaled boxes; the answers are averaged. 0 to 16, each
            costs what the first costs. It also lets a landmarker be followed that does not say how sure it is.
        second_pass: Whether it is asked again on the upright, aligned crop of its first answer; twice the time.
        smooth: ``off``, ``light`` or ``strong``, see ``Smoother``.

    Raises:
        ConfigError: A value is out of range.
    """

    def __init__(self, *, refeed: int = 0, second_pass: bool = False, smooth: str = "light") -> None:
        if not 0 <= refeed <= 16:
            raise ConfigError(f"refine.refeed={refeed} must be from 0 to 16")
        self._refeed, self._second_pass = refeed, second_pass
        self.smoother = Smoother(smooth)
        self.name = f"refeed={refeed} second_pass={second_pass} smooth={smooth}"

    def apply(self, finder: FaceFinder) -> FaceFinder:
        """A finder whose landmarks are refined; the same one where nothing is to be done within a frame."""
        landmarker = finder.landmarker
        if self._refeed:
            landmarker = Refed(landmarker, self._refeed)
        if self._second_pass:
            landmarker = TwicePassed(landmarker)
        return finder if landmarker is finder.landmarker else FaceFinder(finder.detector, landmarker)


class Refed:
    """A landmarker that is asked from several boxes; the mean of the answers.

    Args:
        landmarker: The one to ask.
        num_more: How many moved boxes are asked from besides the detector's.
    """

    def __init__(self, landmarker: Landmarker, num_more: int) -> None:
        self._landmarker = landmarker
        turns = 2 * np.pi * np.arange(num_more) / num_more
        # Evenly around the box and alternately larger and smaller, so that the mean box is the detector's.
        self._moves = [(_SHIFT * np.cos(turn), _SHIFT * np.sin(turn)) for turn in turns]
        self.name = f"{landmarker.name} refed {num_more}"

    def landmarks(self, image: NDArray[np.uint8], detection: Detection) -> Face:
        """The face of one detection, as ``Landmarker.landmarks``."""
        first = self._landmarker.landmarks(image, detection)
        side = float((detection.box_4[2:] - detection.box_4[:2]).mean())
        faces = [first]
        for number, move in enumerate(self._moves):
            growth = 1 + _GROWTH * (1 if number % 2 else -1)
            moved = _moved(detection, np.array(move) * side, growth)
            faces.append(self._landmarker.landmarks(image, moved))
        answers_A682 = np.stack([face.landmarks_682 for face in faces])
        sure = min([landmark_confidence(answers_A682), *(f.landmark_confidence or 1.0 for f in faces)])
        return replace(first, landmarks_682=answers_A682.mean(0), landmark_confidence=sure)


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
            keypoints = transform_points(matrix_23, keypoints)
        corners_42 = transform_points(matrix_23, _corners(detection.box_4))
        box_4 = np.concatenate([corners_42.min(0), corners_42.max(0)])
        second = self._landmarker.landmarks(crop, Detection(box_4, detection.confidence, keypoints))
        points_682 = transform_points(invert_affine(matrix_23), second.landmarks_682)
        return replace(first, landmarks_682=points_682, landmark_confidence=second.landmark_confidence)


def _moved(detection: Detection, shift_2: FloatArray, growth: float) -> Detection:
    centre = (detection.box_4[:2] + detection.box_4[2:]) / 2
    half = (detection.box_4[2:] - detection.box_4[:2]) / 2 * growth
    keypoints = detection.keypoints_52
    if keypoints is not None:
        middle = keypoints.mean(0)
        keypoints = middle + (keypoints - middle) * growth + shift_2
    return Detection(
        np.concatenate([centre + shift_2 - half, centre + shift_2 + half]), detection.confidence, keypoints
    )


def _corners(box_4: FloatArray) -> FloatArray:
    x0, y0, x1, y1 = box_4
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
