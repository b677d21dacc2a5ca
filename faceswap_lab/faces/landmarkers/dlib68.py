"""dlib's 68-point regression trees. The weights were trained on iBUG 300-W, which allows research only."""

# pyright: reportAttributeAccessIssue=false
# dlib takes its names from a compiled module without stubs.

from dataclasses import replace

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.packaged import distribution_version, packaged_file
from faceswap_lab.faces.crop import cut
from faceswap_lab.faces.face import NUM_LANDMARKS, Detection, Face, FloatArray
from faceswap_lab.faces.geometry import compose_affine, invert_affine, transform_points
from faceswap_lab.faces.hog_box import hog_box
from faceswap_lab.faces.keypoints import disagreement, five_of_68, level
from faceswap_lab.faces.landmark_confidence import landmark_confidence
from faceswap_lab.media.pixels import Pixels

_Start = tuple[float, float, float]

_BOX_SIDE = 256  # px: every face is looked at this large, so whole-pixel answers are fine on small faces too
_PATCH_SIDE = 448  # px: leaves room around the box for open mouths, turned heads and the moved starts

# The trees' answer depends on the box they start from; the mean over four starts (shift in x and y, growth, in sides)
# trembles 4 to 8 % less from frame to frame than one start, for 5 ms (measured in experiments/mtcnn_box).
_STARTS = ((0.03, 0.03, 0.0), (-0.03, -0.03, 0.0), (0.03, -0.03, 0.05), (-0.03, 0.03, -0.05))

# Where these disagree (dark, turned and half-covered faces), some run off. Then twelve others look, and what most of
# them say counts: on 17 marked faces the error falls from 0.079 to 0.077 eye distances, on the least sure one by half.
_UNSURE = 0.7
_MORE_STARTS = tuple((dx, dy, growth) for dx in (-0.04, 0.04) for dy in (-0.04, 0.04) for growth in (-0.08, 0.0, 0.08))

# A followed face has a steadier box than a detector gives, and is smoothed in time: one start does; two are needed to
# tell how sure the answer is.
_START_FOLLOWED, _STARTS_CHECKED = ((0.0, 0.0, 0.0),), _STARTS[:2]

# The trees have seen heads tilted as in everyday photographs. A face tilted further is also looked at turned upright,
# and that answer taken if it is clearly nearer to the detector's keypoints; a small margin would flip between frames.
_TRAINED_TILT_DEG = 10.0
_GAIN_OF_TURNING = 0.03


class Dlib68:
    """Finds 68 landmarks by an ensemble of regression trees, about 9 ms a face.

    The trees start from a mean shape inside the box of dlib's own HOG detector, so other detectors' boxes are first
    turned into that shape (see ``hog_box.py``).

    Raises:
        ConfigError: face-recognition-models is not installed.

    Source:
        Kazemi and Sullivan, CVPR 2014, doi:10.1109/CVPR.2014.241; file of face-recognition-models.
    """

    def __init__(self) -> None:
        path = packaged_file(
            "face_recognition_models",
            "models/shape_predictor_68_face_landmarks.dat",
            distribution="face-recognition-models",
        )
        self._predict = dlib.shape_predictor(str(path))
        self.name = f"dlib68 ({distribution_version('face-recognition-models')}, {distribution_version('dlib-bin')})"

    def landmarks(self, image: NDArray[np.uint8], detection: Detection) -> Face:
        """The face of one detection.

        Args:
            image: Frame, RGB, shape (H, W, 3).
            detection: Box in frame pixels, with MTCNN's keypoints or, without any, of the HOG detector.

        Returns:
            The same box and confidence, with landmarks of shape (68, 2) in frame pixels and their own confidence: how
            well the starts agree.
        """
        if detection.hog_box_4 is not None and detection.keypoints_52 is None:
            # Another detector's box is a poor start; the keypoints of the answer are a good one. On 17 marked faces
            # the error falls from 0.108 to 0.079 of the eyes' distance; from the HOG detector's own boxes it is 0.077.
            points_682, _ = self._points(image, detection.hog_box_4, np.eye(2, 3), _STARTS)
            return self.landmarks(image, replace(detection, keypoints_52=five_of_68(points_682)))
        points_682, sure = self._points(image, hog_box(detection), np.eye(2, 3), _STARTS)
        if detection.keypoints_52 is not None:
            tilt_deg, upright = level(detection.keypoints_52)
            if abs(tilt_deg) > _TRAINED_TILT_DEG:
                box = hog_box(replace(detection, keypoints_52=transform_points(upright, detection.keypoints_52)))
                turned_682, sure_of_turned = self._points(image, box, upright, _STARTS)
                gain = disagreement(points_682, detection.keypoints_52) - disagreement(
                    turned_682, detection.keypoints_52
                )
                if gain > _GAIN_OF_TURNING:
                    points_682, sure = turned_682, sure_of_turned
        return Face(detection.box_4, points_682, detection.confidence, sure)

    def follow(self, pixels: Pixels, detection: Detection, *, check: bool) -> Face:
        """The face where it was a moment ago, in a third of the time: always looked at upright, from one or two starts.

        Args:
            image: Frame, RGB, shape (H, W, 3).
            detection: With keypoints, from the landmarks of the frame before.
            check: Whether to ask twice, and so tell how sure the answer is.

        Returns:
            As ``landmarks``; without a confidence where it was not checked.
        """
        assert detection.keypoints_52 is not None
        _, upright = level(detection.keypoints_52)
        box = hog_box(replace(detection, keypoints_52=transform_points(upright, detection.keypoints_52)))
        grey, corner = _grey_around(pixels, box, upright)
        moved = compose_affine(np.column_stack([np.eye(2), corner]), upright)
        points_682, sure = self._points(grey, box, moved, _STARTS_CHECKED if check else _START_FOLLOWED)
        return Face(detection.box_4, points_682 + corner, detection.confidence, sure if check else None)

    def _points(
        self, image: NDArray[np.uint8], box_4: FloatArray, turn_23: FloatArray, starts: tuple[_Start, ...]
    ) -> tuple[FloatArray, float]:
        """Landmarks in frame pixels, shape (68, 2), of the face in a box of the turned frame, and their confidence."""
        scale = _BOX_SIDE / max(float((box_4[2:] - box_4[:2]).mean()), 1.0)
        middle = (_PATCH_SIDE - 1) / 2
        to_patch = np.column_stack([np.eye(2) * scale, middle - scale * (box_4[:2] + box_4[2:]) / 2])
        frame_to_patch = compose_affine(turn_23, to_patch)
        patch = cut(image, frame_to_patch, _PATCH_SIDE, interpolation=cv2.INTER_LINEAR if scale > 1 else None)
        answers_A682 = self._ask(patch, starts)
        sure, points_682 = landmark_confidence(answers_A682), answers_A682.mean(0)
        if sure < _UNSURE and starts is _STARTS:
            points_682 = _consensus(self._ask(patch, _MORE_STARTS))
        return transform_points(invert_affine(frame_to_patch), points_682), sure

    def _ask(self, patch: NDArray[np.uint8], starts: tuple[_Start, ...]) -> FloatArray:
        """The trees' answers from each start, pixels of the patch, shape (A, 68, 2)."""
        middle, answers = (_PATCH_SIDE - 1) / 2, []
        for dx, dy, growth in starts:
            half = _BOX_SIDE * (1 + growth) / 2
            x, y = middle + dx * _BOX_SIDE, middle + dy * _BOX_SIDE
            start = dlib.rectangle(round(x - half), round(y - half), round(x + half), round(y + half))
            answers.append([(part.x, part.y) for part in self._predict(patch, start).parts()])
        answers_A682 = np.array(answers, np.float64)
        assert answers_A682.shape[1:] == (NUM_LANDMARKS, 2)
        return answers_A682


def _consensus(answers_A682: FloatArray) -> FloatArray:
    """Mean of the answers, each weighted by one over its squared distance from it, shape (68, 2).

    Answers that ran off hardly count; five rounds from the median settle it to a tenth of a pixel.
    """
    points_682 = np.median(answers_A682, axis=0)
    for _ in range(5):
        distance_A = np.linalg.norm(answers_A682 - points_682, axis=2).mean(1)
        weights_A = 1 / (np.square(distance_A) + 1e-3)  # square pixels: an answer may lie on the mean
        points_682 = np.tensordot(weights_A / weights_A.sum(), answers_A682, axes=1)
    return points_682


def _grey_around(pixels: Pixels, box_4: FloatArray, turn_23: FloatArray) -> tuple[NDArray[np.uint8], FloatArray]:
    """The part of the frame that the patch of a box of the turned frame shows, grey, and its corner, shape (2,).

    The trees see grey anyway; to cut one channel instead of three takes a third of the time.
    """
    centre, reach = (box_4[:2] + box_4[2:]) / 2, (box_4[2:] - box_4[:2]).max() * _PATCH_SIDE / _BOX_SIDE / 2 + 2
    corners_42 = centre + reach * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    around_42 = transform_points(invert_affine(turn_23), corners_42)
    size = np.array(pixels.shape[1::-1])
    low = np.clip(np.floor(around_42.min(0)).astype(int), 0, size - 1)
    high = np.clip(np.ceil(around_42.max(0)).astype(int) + 1, low + 1, size)
    part = pixels[low[1] : high[1], low[0] : high[0]]
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.uint8), low.astype(np.float64)
