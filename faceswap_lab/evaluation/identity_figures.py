"""Whose face the swapped faces of a clip are: every figure that descriptors give.

Shape letters: N faces, D length of a descriptor.
"""

from collections.abc import Mapping

import numpy as np
import torch

from faceswap_lab.evaluation.finite import rounded
from faceswap_lab.evaluation.frechet import FrechetDistance
from faceswap_lab.evaluation.identity import FloatArray, closer_ratio, distances
from faceswap_lab.evaluation.identity_variance import identity_variance
from faceswap_lab.evaluation.measured import Measured
from faceswap_lab.evaluation.reference import Reference
from faceswap_lab.evaluation.retrieval import rank_one
from faceswap_lab.evaluation.verification import verified


def identity_measured(
    swapped_ND: FloatArray,
    *,
    target: Reference,
    footage: Reference,
    threshold: float,
) -> dict[str, Measured]:
    """Gain and leak: how near the swapped faces are to whom they should show, and to whom the footage shows.

    Args:
        swapped_ND: Descriptors of the swapped faces, in order of time.
        target: Real faces of the identity that was swapped in.
        footage: Real faces of the identity that the footage shows.
        threshold: The embedder's, below which two faces are one person's.
    """
    to_target, to_footage = distances(swapped_ND, target.mean_128), distances(swapped_ND, footage.mean_128)
    return {
        "identity_distance_target": Measured((to_target,)),
        "identity_distance_footage": Measured((to_footage,)),
        "closer_to_target_ratio": Measured((to_target, to_footage), closer_ratio),
        "verified_target_ratio": Measured((verified(to_target, threshold),)),
        "verified_footage_ratio": Measured((verified(to_footage, threshold),)),
    }


def looked_up(vectors_ND: FloatArray, gallery: Mapping[str, FloatArray], identity: str) -> Measured:
    """Rank-1 of faces in a gallery that holds their identity and others."""
    return Measured((rank_one(vectors_ND, gallery, identity),))


def steadiness(swapped_ND: FloatArray, real_ND: FloatArray) -> Measured:
    """Spread of the swapped faces' descriptors over that of the footage's own in the same frames."""
    return Measured((swapped_ND, real_ND), _variance_ratio)


def frechet_distance(made_ND: FloatArray, real_ND: FloatArray) -> float | None:
    """Fréchet distance of two heaps of vectors, or None where one holds fewer than two."""
    metric = FrechetDistance(made_ND.shape[1])
    metric.update(torch.from_numpy(np.asarray(made_ND, np.float64)), real=False)
    metric.update(torch.from_numpy(np.asarray(real_ND, np.float64)), real=True)
    return rounded(float(metric.compute()))


def _variance_ratio(swapped_ND: FloatArray, real_ND: FloatArray) -> float | None:
    if len(swapped_ND) < 2 or not np.ptp(real_ND, axis=0).any():
        return None
    return identity_variance(swapped_ND) / identity_variance(real_ND)
