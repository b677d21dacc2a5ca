"""Landmarks as the mean of several answers: from moved boxes, and in a sharpened picture."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.crop import cut
from faceswap_lab.faces.detection_moves import moved, through
from faceswap_lab.faces.face import Detection, Face, FloatArray
from faceswap_lab.faces.finder import Landmarker
from faceswap_lab.faces.geometry import invert_affine, transform_points
from faceswap_lab.faces.landmark_confidence import landmark_confidence

_SHIFT = 0.04  # of the box's side: how far re-fed boxes lie from the detector's
_GROWTH = 0.05
_CLOSE_UP, _CLOSE_UP_FACE = 640, 256  # px: a sharpened picture and the face's box in it, as large as dlib looks at it
_SHARPENED_SIGMA = 6.0  # px of the close-up: lips' edges, not pores

_Move = tuple[FloatArray, float]
"""Shift of a box in sides, x and y, and its growth."""

_STILL: _Move = (np.zeros(2), 1.0)


class Refed:
    """A landmarker that is asked from several boxes; the mean of the answers.

    Args:
        landmarker: The one to ask.
        num_more: How many moved boxes are asked from besides the detector's.
        sharpened: Whether the second half of the moved boxes is asked in a sharpened picture, and the detector's box
            in both.
    """

    def __init__(self, landmarker: Landmarker, num_more: int, *, sharpened: bool = False) -> None:
        self._landmarker, self._sharpened = landmarker, sharpened
        turns = 2 * np.pi * np.arange(num_more) / max(num_more, 1)
        # Evenly around the box and alternately larger and smaller, so that the mean box is the detector's.
        self._moves = [
            (np.array([np.cos(turn), np.sin(turn)]) * _SHIFT, 1 + _GROWTH * (1 if number % 2 else -1))
            for number, turn in enumerate(turns)
        ]
        self.name = f"{landmarker.name} refed {num_more}{' sharpened' * sharpened}"

    def landmarks(self, image: NDArray[np.uint8], detection: Detection) -> Face:
        """The face of one detection, as ``Landmarker.landmarks``."""
        first = self._landmarker.landmarks(image, detection)
        plain = len(self._moves) // 2 if self._sharpened else len(self._moves)
        asked = [[first, *self._ask(image, detection, self._moves[:plain])]]
        if self._sharpened:
            asked.append(self._ask_sharpened(image, detection, [_STILL, *self._moves[plain:]]))
        answers = [np.stack([face.landmarks_682 for face in faces]) for faces in asked]
        own = [face.landmark_confidence or 1.0 for faces in asked for face in faces]
        sure = min([landmark_confidence(answers_A682) for answers_A682 in answers if len(answers_A682) > 1] + own)
        return replace(first, landmarks_682=np.concatenate(answers).mean(0), landmark_confidence=sure)

    def _ask(self, image: NDArray[np.uint8], detection: Detection, moves: list[_Move]) -> list[Face]:
        side = float((detection.box_4[2:] - detection.box_4[:2]).mean())
        return [
            self._landmarker.landmarks(image, moved(detection, shift_2 * side, growth)) for shift_2, growth in moves
        ]

    def _ask_sharpened(self, image: NDArray[np.uint8], detection: Detection, moves: list[_Move]) -> list[Face]:
        """The answers in a sharpened close-up, carried back to the frame."""
        centre_2, side = detection.box_4.reshape(2, 2).mean(0), np.ptp(detection.box_4.reshape(2, 2), axis=0).mean()
        scale = _CLOSE_UP_FACE / max(float(side), 1.0)
        matrix_23 = np.column_stack([np.eye(2) * scale, (_CLOSE_UP - 1) / 2 - scale * centre_2])
        close_up = cut(image, matrix_23, _CLOSE_UP)
        soft = cv2.GaussianBlur(close_up, (0, 0), _SHARPENED_SIGMA)
        sharp = np.asarray(cv2.addWeighted(close_up, 2.0, soft, -1.0, 0), np.uint8)
        back_23 = invert_affine(matrix_23)
        faces = self._ask(sharp, through(matrix_23, detection), moves)
        return [replace(face, landmarks_682=transform_points(back_23, face.landmarks_682)) for face in faces]
