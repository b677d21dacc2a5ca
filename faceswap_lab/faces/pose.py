"""Head pose from 68 landmarks: where the nose points, in degrees."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.faces.face import NUM_LANDMARKS, FloatArray
from faceswap_lab.faces.head3d import HEAD_683

# Points that the bone holds in place: brow ends, nose, eye corners, mouth corners. Lids, lips and jaw move by
# themselves, and the jaw points of a turned head lie on its outline, not on one place of the skin.
_RIGID: NDArray[np.intp] = np.array([17, 21, 22, 26, *range(27, 36), 36, 39, 42, 45, 48, 54])

_FOCAL_IN_FRAMES = 1.2
"""Assumed focal length over the frame's long side, about that of a phone: 45 degrees across."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Head angles in degrees, zero for an upright face that looks into the camera.

    Attributes:
        yaw_deg: Turn; positive towards the left of the image.
        pitch_deg: Nod; positive upwards.
        roll_deg: Tilt; positive clockwise in the image.
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


def head_pose(landmarks_682: FloatArray, frame_size: tuple[int, int]) -> Pose:
    """Fits a generic head to the landmarks.

    Args:
        landmarks_682: Landmarks in frame pixels, shape (68, 2).
        frame_size: Width and height of the frame in pixels; the camera is assumed to look at its middle.

    Returns:
        Angles in degrees. Against the 13 labels of AFLW2000 (yaw to 71 degrees): yaw 2.0 and roll 5.2 degrees mean
        error; pitch lies 13 degrees higher throughout, as the two heads' level differs: compare pitch with pitch.

    Raises:
        ShapeError: The landmarks are not (68, 2).

    Source:
        Terzakis and Lourakis, ECCV 2020 (SQPnP), as in OpenCV; head of ``head3d.py``.
    """
    landmarks = np.asarray(landmarks_682, np.float64)
    if landmarks.shape != (NUM_LANDMARKS, 2):
        raise ShapeError(f"need landmarks of shape ({NUM_LANDMARKS}, 2), got {landmarks.shape}")
    width, height = frame_size
    focal = _FOCAL_IN_FRAMES * max(width, height)
    camera = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])
    _, turn, shift = cv2.solvePnP(HEAD_683[_RIGID], landmarks[_RIGID], camera, None, flags=cv2.SOLVEPNP_SQPNP)
    turn, _ = cv2.solvePnPRefineLM(HEAD_683[_RIGID], landmarks[_RIGID], camera, None, turn, shift)
    return _angles(np.asarray(cv2.Rodrigues(turn)[0], np.float64))


def _angles(rotation_33: FloatArray) -> Pose:
    """Angles of rotation = pitch about x, after yaw about y, after roll about z (x right, y down, z away).

    This order, that of the 300W-LP and AFLW2000 labels, keeps the three apart on faces turned far to a side.
    """
    yaw = np.arcsin(np.clip(rotation_33[0, 2], -1, 1))
    pitch = np.arctan2(rotation_33[1, 2], rotation_33[2, 2])
    roll = np.arctan2(-rotation_33[0, 1], rotation_33[0, 0])
    return Pose(float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll)))
