"""What the swapped faces of a clip do, against what the footage's do: every figure that landmarks and eyes give.

Shape letters: N faces.
"""

from collections.abc import Sequence

import numpy as np

from faceswap_lab.evaluation.expression import correlation
from faceswap_lab.evaluation.finite import std_or_none
from faceswap_lab.evaluation.gaze import gaze_error
from faceswap_lab.evaluation.identity_figures import frechet_distance
from faceswap_lab.evaluation.jerk import landmark_jerk
from faceswap_lab.evaluation.measured import Measured, ratio_of_means
from faceswap_lab.evaluation.search import FoundFace
from faceswap_lab.faces.face import INNER, OUTER_EYES, FloatArray
from faceswap_lab.faces.geometry import fit_similarity, transform_points
from faceswap_lab.faces.mean_face import MEAN_FACE_682

_EYES_APART = float(np.linalg.norm(MEAN_FACE_682[OUTER_EYES[0]] - MEAN_FACE_682[OUTER_EYES[1]]))
_STILL = 1e-4  # eye distances per frame cubed: footage whose landmarks jerk less was not measured but made


def motion_measured(found: Sequence[FoundFace]) -> dict[str, Measured]:
    """Mouth, eyes, pose, expression, gaze and trembling of faces found again, in order of time."""
    mouths_N2 = _pairs([(face.footage_opening, face.swapped_opening) for face in found])
    eyes_N2 = _pairs([(face.footage_eyes, face.swapped_eyes) for face in found])
    looks = gaze_error(_pairs([face.swapped_gaze_2 for face in found]), _pairs([face.footage_gaze_2 for face in found]))
    frames = np.array([face.index for face in found])
    swapped_N682, footage_N682 = _landmarks(found)
    jerks = landmark_jerk(swapped_N682, frames), landmark_jerk(footage_N682, frames)
    return {
        "mouth_opening_correlation": Measured((mouths_N2[:, 0], mouths_N2[:, 1]), correlation),
        "eye_opening_correlation": Measured((eyes_N2[:, 0], eyes_N2[:, 1]), correlation),
        "pose_error_deg": Measured((np.array([face.pose_error_deg for face in found]),)),
        "expression_error": Measured((np.array([face.expression_error for face in found]),)),
        "gaze_error": Measured((looks,)),
        "landmark_jerk_ratio": Measured(jerks, _jerk_ratio),
    }


def motion_spreads(found: Sequence[FoundFace]) -> dict[str, float | None]:
    """How much mouth and eyes of the footage move, and how differently the landmarks of both clips are spread."""
    swapped_N682, footage_N682 = _landmarks(found)
    return {
        "mouth_opening_std": std_or_none([face.footage_opening for face in found]),
        "eye_opening_std": std_or_none([face.footage_eyes for face in found]),
        "frechet_landmarks": frechet_distance(_upright(swapped_N682), _upright(footage_N682)),
    }


def _landmarks(found: Sequence[FoundFace]) -> tuple[FloatArray, FloatArray]:
    swapped = np.array([face.landmarks_682 for face in found]).reshape(-1, 68, 2)
    return swapped, np.array([face.footage_682 for face in found]).reshape(-1, 68, 2)


def _upright(landmarks_N682: FloatArray) -> FloatArray:
    """Inner landmarks laid over the mean face by turn, scale and shift, in eye distances, shape (N, 102)."""
    laid = [transform_points(fit_similarity(face[INNER], MEAN_FACE_682[INNER]), face[INNER]) for face in landmarks_N682]
    return np.array(laid).reshape(len(landmarks_N682), -1 if laid else 2 * len(MEAN_FACE_682[INNER])) / _EYES_APART


def _pairs(values: Sequence[FloatArray | tuple[float, float]]) -> FloatArray:
    return np.array(values, np.float64).reshape(-1, 2)


def _jerk_ratio(swapped_K: FloatArray, footage_K: FloatArray) -> float | None:
    return None if not footage_K.size or footage_K.mean() < _STILL else ratio_of_means(swapped_K, footage_K)
