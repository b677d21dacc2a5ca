"""How far 68 landmarks can be believed: answers from moved starts agree on a face and scatter anywhere else."""

import numpy as np

from faceswap_lab.faces.face import OUTER_EYES, FloatArray

# Spread of dlib's four starts over the outer-eye distance: at most 0.033 on faces of the clips and of the hard footage
# (median 0.006), also dark, small and turned ones; on background 0.03 and more (lowest tenth: 0.055).
_HALF_SPREAD = 0.03


def landmark_confidence(answers_A682: FloatArray) -> float:
    """Agreement of several answers to one face.

    Args:
        answers_A682: Landmarks from A moved starts, any unit, shape (A, 68, 2), A >= 2.

    Returns:
        1 where all agree, 0.5 where they lie 0.03 outer-eye distances from their mean, towards 0 beyond.
    """
    mean_682 = answers_A682.mean(0)
    left, right = OUTER_EYES
    unit = float(np.linalg.norm(mean_682[right] - mean_682[left]))
    if unit == 0:
        return 0.0
    spread = float(np.linalg.norm(answers_A682 - mean_682, axis=2).mean()) / unit
    return 1.0 / (1.0 + (spread / _HALF_SPREAD) ** 2)
