"""Which of several values of a figure is the best one."""

from collections.abc import Sequence
from typing import Literal

Best = Literal["low", "high"] | float
"""Low values are good, high ones are, or those near a number."""

BEST: dict[str, Best] = {
    "identity_distance_target": "low",
    "identity_distance_footage": "high",
    "closer_to_target_ratio": "high",
    "verified_target_ratio": "high",
    "verified_footage_ratio": "low",
    "rank_one_ratio": "high",
    "frechet_identity": "low",
    "mouth_opening_correlation": "high",
    "eye_opening_correlation": "high",
    "expression_error": "low",
    "gaze_error": "low",
    "pose_error_deg": "low",
    "frechet_landmarks": "low",
    "faces_found_ratio": "high",
    "sharpness_ratio": 1.0,
    "mask_hull_ratio": "high",
    "seam_ratio": "low",
    "background_psnr": "high",
    "flicker_ratio": 1.0,
    "landmark_jerk_ratio": 1.0,
    "colour_drift": "low",
    "identity_variance_ratio": 1.0,
    "ms_per_frame": "low",
    "ssim": "high",
    "ms_ssim": "high",
    "psnr": "high",
    "l1": "low",
}
"""Figures that are not here are counts, or properties of the footage."""


def figure_of(name: str) -> str | None:
    """The figure above that a name is of: ``val/ssim_ada`` is ``ssim``, of one identity; None where it is of none."""
    bare = f"{name.removeprefix('val/')}_"
    return max((figure for figure in BEST if bare.startswith(f"{figure}_")), key=len, default=None)


def best_of(figure: str, values: Sequence[float | None]) -> set[int]:
    """Places of the best values; several where they are equal, none where the figure has no good end or one value."""
    named = figure_of(figure)
    wanted = None if named is None else BEST[named]
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if wanted is None or len(known) < 2:
        return set()
    badness = {place: _badness(wanted, value) for place, value in known}
    least = min(badness.values())
    best = {place for place, of in badness.items() if of == least}
    return best if len(best) < len(known) else set()


def _badness(wanted: Best, value: float) -> float:
    if wanted == "low":
        return value
    return -value if wanted == "high" else abs(value - wanted)
