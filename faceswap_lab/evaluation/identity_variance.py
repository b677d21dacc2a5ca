"""Whether a face stays one person over time: the spread of its descriptors.

Shape letters: N faces, D length of a descriptor.
"""

import numpy as np

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.evaluation.identity import FloatArray


def identity_variance(descriptors_ND: FloatArray) -> float:
    """Mean squared distance of the descriptors of one clip to their mean; 0 and up.

    Formula: ``mean_t |d_t - mean(d)|^2``. Poses and expressions alone make some of it, so a swap's is read over that of
    the footage in the same frames: 1 is as steady as the real face, above 1 the swap wavers between persons.

    Raises:
        ShapeError: There are no descriptors.

    Source:
        Trace of the covariance; for swaps over time this project's.
    """
    if descriptors_ND.ndim != 2 or len(descriptors_ND) == 0:
        raise ShapeError(f"need (N, D) descriptors, got {descriptors_ND.shape}")
    return float(np.square(descriptors_ND - descriptors_ND.mean(axis=0)).sum(axis=1).mean())
