"""Whom a face is taken for when it is looked up among many people.

Shape letters: N faces, D length of a descriptor.
"""

from collections.abc import Mapping

import numpy as np

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.evaluation.identity import FloatArray, distances


def rank_one(descriptors_ND: FloatArray, gallery: Mapping[str, FloatArray], identity: str) -> FloatArray:
    """1 for each face whose nearest entry of the gallery is the identity, else 0, shape (N,); the mean is rank-1.

    Formula: ``[argmin_g |d - g| = identity]``. Range 0 or 1; the higher, the better. A tie with another counts as 0.

    Args:
        descriptors_ND: Of the swapped faces.
        gallery: One descriptor of length D for each name.
        identity: Whom the swap means to show; one of the gallery.

    Raises:
        ConfigError: The gallery does not hold the identity, or holds nobody else.

    Source:
        Closed-set identification as in Grother and Phillips, CVPR 2004; for swaps: Rössler et al., FaceForensics++, and
        Li et al., arXiv:1912.13457 (there called ID retrieval).
    """
    if identity not in gallery or len(gallery) < 2:
        raise ConfigError(f"the gallery needs {identity} and somebody else; it holds {', '.join(gallery) or 'nobody'}")
    own_N = distances(descriptors_ND, gallery[identity])
    others_NG = np.stack([distances(descriptors_ND, entry) for name, entry in gallery.items() if name != identity], 1)
    return (own_N < others_NG.min(axis=1)).astype(np.float64)
