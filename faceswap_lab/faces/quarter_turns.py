"""Faces that lie or stand on their heads: the frame is turned upright, and what is found in it is carried back.

A turn is how far a face is turned clockwise from upright, in degrees: 0, 90, 180 or 270.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.face import Detection, Face, FloatArray
from faceswap_lab.faces.geometry import invert_affine, transform_points

if TYPE_CHECKING:
    from faceswap_lab.faces.finder import Landmarker

QUARTER_TURNS = (0, 90, 180, 270)


def turn_upright(image: NDArray[np.uint8], turn_deg: int) -> NDArray[np.uint8]:
    """The frame turned so that faces with this turn stand upright; no pixel is interpolated."""
    return image if turn_deg == 0 else np.ascontiguousarray(np.rot90(image, turn_deg // 90))


def upright_matrix(turn_deg: int, frame_shape: tuple[int, ...]) -> FloatArray:
    """Matrix from pixels of the frame to pixels of ``turn_upright``'s frame, shape (2, 3).

    Args:
        turn_deg: 0, 90, 180 or 270.
        frame_shape: Height and width of the frame in pixels, as ``image.shape``.
    """
    right, bottom = frame_shape[1] - 1, frame_shape[0] - 1
    matrices = {
        0: [[1, 0, 0], [0, 1, 0]],
        90: [[0, 1, 0], [-1, 0, right]],
        180: [[-1, 0, right], [0, -1, bottom]],
        270: [[0, -1, bottom], [1, 0, 0]],
    }
    return np.array(matrices[turn_deg], np.float64)


def carry(detection: Detection, matrix_23: FloatArray, *, turn_deg: int) -> Detection:
    """A detection moved by a matrix of quarter turns, with its new turn."""
    points_52, hog_4 = detection.keypoints_52, detection.hog_box_4
    return replace(
        detection,
        box_4=_carry_box(detection.box_4, matrix_23),
        keypoints_52=None if points_52 is None else transform_points(matrix_23, points_52),
        hog_box_4=None if hog_4 is None else _carry_box(hog_4, matrix_23),
        turn_deg=turn_deg,
    )


def landmarks_of(landmarker: Landmarker, image: NDArray[np.uint8], detection: Detection) -> Face:
    """The face of one detection, in frame pixels, looked at upright: landmarkers have seen few faces that are not.

    Args:
        landmarker: Sees the upright frame only.
        image: Frame, RGB, shape (H, W, 3).
        detection: In its pixels.
    """
    if detection.turn_deg == 0:
        return landmarker.landmarks(image, detection)
    matrix = upright_matrix(detection.turn_deg, image.shape)
    face = landmarker.landmarks(turn_upright(image, detection.turn_deg), carry(detection, matrix, turn_deg=0))
    landmarks_682 = transform_points(invert_affine(matrix), face.landmarks_682)
    return replace(face, box_4=detection.box_4, landmarks_682=landmarks_682)


def _carry_box(box_4: FloatArray, matrix_23: FloatArray) -> FloatArray:
    corners = transform_points(matrix_23, box_4.reshape(2, 2))
    return np.concatenate([corners.min(0), corners.max(0)])
