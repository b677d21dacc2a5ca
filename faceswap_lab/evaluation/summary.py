"""Boils the faces that were found again down to the figures of one direction."""

from collections.abc import Sequence

import numpy as np

from faceswap_lab.evaluation.expression import correlation
from faceswap_lab.evaluation.finite import mean_or_none, ratio_or_none, rounded, std_or_none
from faceswap_lab.evaluation.identity import closer_ratio, distances
from faceswap_lab.evaluation.reference import Reference
from faceswap_lab.evaluation.schema import PairMetrics
from faceswap_lab.evaluation.search import FoundFace
from faceswap_lab.swap.report import ConvertReport


def summarise(
    found: Sequence[FoundFace],
    *,
    target: Reference,
    footage: Reference,
    frames_searched: int,
    converted: ConvertReport,
    flicker: float | None = None,
    seam: float | None = None,
) -> PairMetrics:
    """The figures of one direction; `docs/metrics.md` defines them.

    Args:
        found: Swapped faces found again.
        target: Real faces of the identity that was swapped in.
        footage: Real faces of the identity that the footage shows.
        frames_searched: In how many of them the face was looked for.
        converted: What the conversion says of itself.
        flicker: See `Flicker.ratio`.
        seam: See `Seam.ratio`.
    """
    descriptors = [face.descriptor_128 for face in found if face.descriptor_128 is not None]
    vectors = np.array(descriptors).reshape(len(descriptors), target.mean_128.size)
    to_target, to_footage = distances(vectors, target.mean_128), distances(vectors, footage.mean_128)
    footage_openings = np.array([face.footage_opening for face in found])
    swapped_openings = np.array([face.swapped_opening for face in found])
    return {
        "frames": converted.num_frames,
        "frames_swapped": converted.num_swapped,
        "frames_searched": frames_searched,
        "frames_embedded": len(descriptors),
        "faces_found_ratio": ratio_or_none(len(found), frames_searched),
        "identity_distance_target": mean_or_none(to_target),
        "identity_distance_footage": mean_or_none(to_footage),
        "closer_to_target_ratio": rounded(closer_ratio(to_target, to_footage)),
        "mouth_opening_correlation": rounded(correlation(footage_openings, swapped_openings)),
        "mouth_opening_std": std_or_none(footage_openings),
        "pose_error_deg": mean_or_none([face.pose_error_deg for face in found]),
        "sharpness_ratio": ratio_or_none(mean_or_none([face.sharpness for face in found]), target.sharpness),
        "mask_hull_ratio": mean_or_none([swap.mask_hull_ratio for swap in converted.swaps]),
        "flicker_ratio": flicker,
        "seam_ratio": seam,
        "ms_per_frame": rounded(converted.ms_per_frame, 1),
    }
