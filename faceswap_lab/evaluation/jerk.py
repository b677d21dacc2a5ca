"""Whether a face trembles: the third difference of its landmarks over time.

Shape letters: N frames.
"""

import numpy as np

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.faces.face import INNER, OUTER_EYES, FloatArray


def landmark_jerk(landmarks_N682: FloatArray, frames_N: FloatArray) -> FloatArray:
    """Jerk of the 51 inner landmarks at each run of four frames, shape (K,), in eye distances per frame cubed.

    Formula: ``mean_i |p_i(t+3) - 3 p_i(t+2) + 3 p_i(t+1) - p_i(t)| / e`` with e the mean distance of the outer eye
    corners; only where the four frames follow one another. Range 0 (still or smooth) and up. Movements of a head are
    slow against the frame rate and hardly count; trembling does. Divide a swap's mean by the footage's: 1 is ideal,
    below 1 has smoothed something away, above 1 trembles.

    Args:
        landmarks_N682: Landmarks over time, px.
        frames_N: Their frame numbers, ascending.

    Raises:
        ShapeError: The shapes do not fit.

    Source:
        Jerk as a measure of smoothness: Flash and Hogan, J. Neuroscience 5(7), 1985.
    """
    if landmarks_N682.ndim != 3 or landmarks_N682.shape[1:] != (68, 2) or len(frames_N) != len(landmarks_N682):
        raise ShapeError(f"need (N, 68, 2) landmarks and N frames, got {landmarks_N682.shape} and {len(frames_N)}")
    if len(frames_N) < 4:
        return np.zeros(0)
    eyes = np.linalg.norm(landmarks_N682[:, OUTER_EYES[0]] - landmarks_N682[:, OUTER_EYES[1]], axis=1).mean()
    jerks_K = np.linalg.norm(np.diff(landmarks_N682[:, INNER], n=3, axis=0), axis=2).mean(axis=1) / eyes
    return jerks_K[np.asarray(frames_N)[3:] - np.asarray(frames_N)[:-3] == 3]
