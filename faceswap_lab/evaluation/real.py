"""How near the footage's own faces are to the identity that they show: what a swap could reach at best."""

from collections.abc import Mapping

import numpy as np

from faceswap_lab.evaluation.identity import FloatArray, distances
from faceswap_lab.evaluation.identity_figures import looked_up
from faceswap_lab.evaluation.inputs import Person
from faceswap_lab.evaluation.measured import Measured
from faceswap_lab.evaluation.schema import RealMetrics
from faceswap_lab.evaluation.verification import verified


def measure_real(
    real: Mapping[int, FloatArray], person: Person, gallery: Mapping[str, FloatArray], *, threshold: float
) -> RealMetrics:
    """Figures of untouched faces.

    Args:
        real: Their descriptors, by frame.
        person: Whom they show.
        gallery: A descriptor for each name, among them the person's.
        threshold: The embedder's.
    """
    vectors_ND = np.array(list(real.values())).reshape(-1, person.reference.mean_128.size)
    away_N = distances(vectors_ND, person.reference.mean_128)
    return {
        "frames_embedded": len(vectors_ND),
        "identity_distance": Measured((away_N,)).figure,
        "verified_ratio": Measured((verified(away_N, threshold),)).figure,
        "rank_one_ratio": looked_up(vectors_ND, gallery, person.name).figure,
    }
