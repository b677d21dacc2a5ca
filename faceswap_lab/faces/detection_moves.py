"""Detections moved within a frame, and into another picture of the same face."""

from dataclasses import replace

import numpy as np

from faceswap_lab.faces.face import Detection, FloatArray
from faceswap_lab.faces.geometry import transform_points


def moved(detection: Detection, shift_2: FloatArray, growth: float) -> Detection:
    """The detection with boxes and keypoints shifted by pixels and scaled about their own middles."""
    keypoints, hog_4 = detection.keypoints_52, detection.hog_box_4
    if keypoints is not None:
        middle = keypoints.mean(0)
        keypoints = middle + (keypoints - middle) * growth + shift_2
    box_4 = _moved_box(detection.box_4, shift_2, growth)
    moved_hog_4 = None if hog_4 is None else _moved_box(hog_4, shift_2, growth)
    return Detection(box_4, detection.confidence, keypoints, moved_hog_4)


def _moved_box(box_4: FloatArray, shift_2: FloatArray, growth: float) -> FloatArray:
    centre, half = (box_4[:2] + box_4[2:]) / 2 + shift_2, (box_4[2:] - box_4[:2]) / 2 * growth
    return np.concatenate([centre - half, centre + half])


def through(matrix_23: FloatArray, detection: Detection) -> Detection:
    """The same detection in the pixels that a matrix leads to."""
    keypoints, hog_4 = detection.keypoints_52, detection.hog_box_4
    return replace(
        detection,
        box_4=_carried(matrix_23, detection.box_4),
        keypoints_52=None if keypoints is None else transform_points(matrix_23, keypoints),
        hog_box_4=None if hog_4 is None else _carried(matrix_23, hog_4),
    )


def _carried(matrix_23: FloatArray, box_4: FloatArray) -> FloatArray:
    """The upright box around a box's corners after a matrix."""
    x0, y0, x1, y1 = box_4
    corners_42 = transform_points(matrix_23, np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))
    return np.concatenate([corners_42.min(0), corners_42.max(0)])
