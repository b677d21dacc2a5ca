"""How well a small forgery classifier tells the swapped faces of a direction from the footage's real ones.

Shape letters: N frames.
"""

import logging
from collections.abc import Mapping

import numpy as np

from faceswap_lab.core.progress import track
from faceswap_lab.evaluation.forgery_crops import ForgeryCrops
from faceswap_lab.evaluation.forgery_network import score, train_forgery_network
from faceswap_lab.evaluation.identity import FloatArray
from faceswap_lab.evaluation.measured import Measured
from faceswap_lab.evaluation.schema import DetectabilityMetrics

logger = logging.getLogger(__name__)

CRFS = (18, 23, 28, 32)
"""Compression by x264 at which the classifier is asked; 18 is hard to see, 32 is a messenger's."""


def auc(real_N: FloatArray, swapped_N: FloatArray) -> float | None:
    """Area under the ROC curve: the share of pairs, one of each kind, in which the swapped one scores higher.

    Ties count half. 0.5 is guessing, 1 tells all apart, below 0.5 takes one for the other. None where a side is empty.

    Source:
        Mann and Whitney, Annals of Mathematical Statistics 18(1), 1947; Hanley and McNeil, Radiology 143(1), 1982.
    """
    if not real_N.size or not swapped_N.size:
        return None
    apart_NN = swapped_N[:, None] - real_N[None, :]
    return float(((apart_NN > 0).mean() + (apart_NN >= 0).mean()) / 2)


def measure_detectability(crops: Mapping[str, ForgeryCrops]) -> DetectabilityMetrics | None:
    """AUC on each direction of a classifier that was trained on all the others, by compression.

    Everything that is asked about a direction comes from footage that the classifier never saw. It is a small network
    that saw a handful of people: a high figure says that the swap is easily told, a low one only that this classifier
    fails to.

    Args:
        crops: What was collected in each direction.

    Returns:
        The figures, or None where fewer than two directions hold swapped faces.
    """
    filled = {pair: of for pair, of in crops.items() if len(of)}
    if len(filled) < 2:
        return None
    windows = {(pair, crf): of.compressed(crf) for pair, of in filled.items() for crf in CRFS}
    found: DetectabilityMetrics = {"crf": list(CRFS), "auc": {}, "intervals": {}, "frames": {}, "trained_frames": {}}
    for pair in track(list(filled), total=len(filled), description="training a forgery classifier"):
        footage, others = pair.split(">")[0], [other for other in filled if other != pair]
        apart = [other for other in others if other.split(">")[0] != footage]
        others = apart or others
        real, swapped = (
            np.concatenate([windows[other, crf][side] for other in others for crf in CRFS]) for side in (0, 1)
        )
        network = train_forgery_network(real, swapped)
        measured = [Measured(tuple(score(network, heap) for heap in windows[pair, crf]), auc) for crf in CRFS]
        found["auc"][pair] = [of.figure for of in measured]
        found["intervals"][pair] = [of.interval for of in measured]
        found["frames"][pair] = len(filled[pair])
        found["trained_frames"][pair] = sum(len(filled[other]) for other in others)
    return found
