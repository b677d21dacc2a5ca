"""The five keypoints of a detector beside the 68 landmarks: two answers to one question, found independently.

Order: left eye, right eye, nose tip, left and right mouth corner, as the image shows them.
"""

import numpy as np

from faceswap_lab.faces.face import INNER, FloatArray
from faceswap_lab.faces.geometry import fit_similarity
from faceswap_lab.faces.mean_face import MEAN_FACE_682


def five_of_68(landmarks_682: FloatArray) -> FloatArray:
    """The five keypoints that 68 landmarks imply, shape (5, 2); an eye is the middle of its six points."""
    eyes = landmarks_682[36:42].mean(0), landmarks_682[42:48].mean(0)
    return np.stack([*eyes, landmarks_682[30], landmarks_682[48], landmarks_682[54]])


def disagreement(landmarks_682: FloatArray, keypoints_52: FloatArray) -> float:
    """Mean distance between keypoints and landmarks, over the spread of the inner landmarks.

    Returns:
        0.04 to 0.15 on faces that both see well, to 0.36 on profiles and half-hidden faces, 0.23 and more where the
        picture is no face or stands on its head (measured in experiments/mtcnn_box); infinite if the points coincide.
    """
    inner = landmarks_682[INNER]
    spread = float(np.sqrt(np.square(inner - inner.mean(0)).sum(1).mean()))
    if spread == 0:
        return float("inf")
    return float(np.linalg.norm(five_of_68(landmarks_682) - keypoints_52, axis=1).mean() / spread)


def level(keypoints_52: FloatArray) -> tuple[float, FloatArray]:
    """The face's tilt in degrees, positive clockwise, and the matrix (2, 3) that turns it upright about its middle."""
    matrix = fit_similarity(keypoints_52, five_of_68(MEAN_FACE_682))
    turn = np.arctan2(matrix[1, 0], matrix[0, 0])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = keypoints_52.mean(0)
    return -float(np.degrees(turn)), np.column_stack([rotation, middle - rotation @ middle])
