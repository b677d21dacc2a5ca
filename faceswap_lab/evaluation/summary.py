"""Boils the faces that were found again down to the figures of one direction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from faceswap_lab.evaluation.finite import ratio_or_none, rounded
from faceswap_lab.evaluation.identity import FloatArray
from faceswap_lab.evaluation.identity_figures import frechet_distance, identity_measured, looked_up, steadiness
from faceswap_lab.evaluation.measured import Measured, figures_of, intervals_of, mean
from faceswap_lab.evaluation.motion_figures import motion_measured, motion_spreads
from faceswap_lab.evaluation.reference import Reference
from faceswap_lab.evaluation.schema import PairMetrics
from faceswap_lab.evaluation.search import FoundFace
from faceswap_lab.swap.report import ConvertReport


@dataclass(frozen=True, slots=True)
class Known:
    """What swapped faces are held against.

    Attributes:
        identity: Whom they should show.
        target: This identity's real faces.
        footage: Real faces of the identity that the footage shows.
        threshold: The embedder's, below which two faces are one person's.
        gallery: A descriptor for each name, among them the identity's and the footage's.
        real: Descriptors of the footage's own faces, by frame.
    """

    identity: str
    target: Reference
    footage: Reference
    threshold: float
    gallery: Mapping[str, FloatArray]
    real: Mapping[int, FloatArray] = field(default_factory=dict)


def summarise(
    found: Sequence[FoundFace],
    *,
    known: Known,
    frames_searched: int,
    converted: ConvertReport,
    kept: Mapping[str, Measured],
) -> tuple[PairMetrics, dict[str, list[float | None]]]:
    """The figures of one direction, which `docs/metrics.md` defines, and the intervals of those that have one.

    Args:
        found: Swapped faces found again, in order of time.
        known: What they are held against.
        frames_searched: In how many frames a face was looked for.
        converted: What the conversion says of itself.
        kept: What was measured on pixels: ``flicker_ratio``, ``seam_ratio``, ``colour_drift``, ``background_psnr``,
            ``outside_exact_ratio``.
    """
    described = [(face.index, face.descriptor_128) for face in found if face.descriptor_128 is not None]
    swapped_ND = np.array([vector for _, vector in described]).reshape(-1, known.target.mean_128.size)
    beside = [(vector, known.real[index]) for index, vector in described if index in known.real]
    both_N2D = np.array(beside).reshape(-1, 2, known.target.mean_128.size)
    measured = {
        **identity_measured(swapped_ND, target=known.target, footage=known.footage, threshold=known.threshold),
        "rank_one_ratio": looked_up(swapped_ND, known.gallery, known.identity),
        "identity_variance_ratio": steadiness(both_N2D[:, 0], both_N2D[:, 1]),
        **motion_measured(found),
        "sharpness_ratio": _over(np.array([face.sharpness for face in found]), known.target.sharpness),
        "mask_hull_ratio": Measured((np.array([swap.mask_hull_ratio for swap in converted.swaps]),)),
        **kept,
    }
    figure = figures_of(measured)
    spreads = motion_spreads(found)
    figures: PairMetrics = {
        "frames": converted.num_frames,
        "frames_swapped": converted.num_swapped,
        "frames_searched": frames_searched,
        "frames_embedded": len(swapped_ND),
        "faces_found_ratio": ratio_or_none(len(found), frames_searched),
        "identity_distance_target": figure["identity_distance_target"],
        "identity_distance_footage": figure["identity_distance_footage"],
        "closer_to_target_ratio": figure["closer_to_target_ratio"],
        "verified_target_ratio": figure["verified_target_ratio"],
        "verified_footage_ratio": figure["verified_footage_ratio"],
        "rank_one_ratio": figure["rank_one_ratio"],
        "frechet_identity": frechet_distance(swapped_ND, known.target.vectors_N128),
        "mouth_opening_correlation": figure["mouth_opening_correlation"],
        "mouth_opening_std": spreads["mouth_opening_std"],
        "eye_opening_correlation": figure["eye_opening_correlation"],
        "eye_opening_std": spreads["eye_opening_std"],
        "expression_error": figure["expression_error"],
        "gaze_error": figure["gaze_error"],
        "frechet_landmarks": spreads["frechet_landmarks"],
        "pose_error_deg": figure["pose_error_deg"],
        "sharpness_ratio": figure["sharpness_ratio"],
        "mask_hull_ratio": figure["mask_hull_ratio"],
        "flicker_ratio": figure.get("flicker_ratio"),
        "seam_ratio": figure.get("seam_ratio"),
        "landmark_jerk_ratio": figure["landmark_jerk_ratio"],
        "colour_drift": figure.get("colour_drift"),
        "identity_variance_ratio": figure["identity_variance_ratio"],
        "background_psnr": figure.get("background_psnr"),
        "outside_exact_ratio": figure.get("outside_exact_ratio"),
        "ms_per_frame": rounded(converted.ms_per_frame, 1),
    }
    return figures, intervals_of(measured)


def _over(values_N: FloatArray, whole: float) -> Measured:
    """The mean as a share of a fixed number."""
    return Measured((values_N,), lambda some_N: ratio_or_none(mean(some_N), whole))
