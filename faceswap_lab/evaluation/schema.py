"""What `metrics.json` holds, and the goals that its figures are read against.

Every number is finite; what cannot be said is null. `docs/metrics.md` defines each figure for readers.
"""

from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

SCHEMA = 2


class PairMetrics(TypedDict):
    """Figures of one direction, keyed "footage>identity"."""

    frames: int
    frames_swapped: int
    frames_searched: int
    frames_embedded: int
    faces_found_ratio: float | None
    identity_distance_target: float | None
    identity_distance_footage: float | None
    closer_to_target_ratio: float | None
    verified_target_ratio: float | None
    verified_footage_ratio: float | None
    rank_one_ratio: float | None
    frechet_identity: float | None
    mouth_opening_correlation: float | None
    mouth_opening_std: float | None
    eye_opening_correlation: float | None
    eye_opening_std: float | None
    expression_error: float | None
    gaze_error: float | None
    frechet_landmarks: float | None
    pose_error_deg: float | None
    sharpness_ratio: float | None
    mask_hull_ratio: float | None
    flicker_ratio: float | None
    seam_ratio: float | None
    landmark_jerk_ratio: float | None
    colour_drift: float | None
    identity_variance_ratio: float | None
    background_psnr: float | None
    outside_exact_ratio: float | None
    ms_per_frame: float | None


class RestoredMetrics(TypedDict):
    """Held-out faces of an identity through its own decoder, inside the landmark hull."""

    frames: int
    ssim: float | None
    ms_ssim: float | None
    psnr: float | None
    l1: float | None
    lpips: float | None  # of the whole square; None where its weights were not asked for


class RealMetrics(TypedDict):
    """The footage's own faces, untouched: what a swap of that identity could reach at best."""

    frames_embedded: int
    identity_distance: float | None
    verified_ratio: float | None
    rank_one_ratio: float | None


class IdentityRecord(TypedDict):
    """Whose faces trained the checkpoint and on what ground, with the number of real faces behind the mean."""

    consent: dict[str, Any]
    licence: str | None
    num_faces: int
    reference_faces: int
    faceset_hash: NotRequired[str]  # of the face set's content when it trained


class FootageRecord(TypedDict):
    """A held-out clip, by name for people and by hash, and its frames that counted."""

    name: str
    sha256: str
    range: str | None
    path: NotRequired[str]  # where it lay


class CostMetrics(TypedDict):
    """Cost of a checkpoint on the machine that evaluated it.

    Attributes:
        device: On which the network ran.
        parameters: Numbers that training sets, of all identities together.
        flops_per_face: Floating-point operations to draw one face, a multiplication and an addition counted as two.
        network_ms_per_face: Time of the network alone, in batches of 16.
        ms_per_frame: Time of the whole conversion, mean of the directions.
        peak_memory_mib: Most memory of the process while it converted, MiB.
        peak_device_memory_mib: Most memory of tensors on a GPU then, MiB; None on a CPU.
    """

    device: str
    parameters: int | None
    flops_per_face: int | None
    network_ms_per_face: float | None
    ms_per_frame: float | None
    peak_memory_mib: float | None
    peak_device_memory_mib: float | None


class JudgeMetrics(TypedDict):
    """What a second embedder says: by pair, the figures of `PairMetrics` that descriptors give, under their names."""

    embedder: str
    threshold: float
    pairs: dict[str, dict[str, float | None]]
    intervals: dict[str, dict[str, list[float | None]]]


class PerceptualMetrics(TypedDict):
    """Swapped faces of a direction against real ones of the identity, by Inception v3."""

    faces: int
    real_faces: int
    fid: float | None
    kid: float | None


class DetectabilityMetrics(TypedDict):
    """AUC of a forgery classifier on each pair, a value for each compression.

    Attributes:
        crf: Compressions, x264's constant rate factor.
        auc: By pair, in their order; 0.5 is guessing.
        intervals: Ends of the 95 % intervals.
        frames: Of each pair, how many real and how many swapped faces were asked about, at each compression.
        trained_frames: How many real and how many swapped faces of other pairs the classifier learned from.
    """

    crf: list[int]
    auc: dict[str, list[float | None]]
    intervals: dict[str, list[list[float | None] | None]]
    frames: dict[str, int]
    trained_frames: dict[str, int]


class Metrics(TypedDict):
    """The whole of `metrics.json`."""

    schema: int
    checkpoint: str
    pairs: dict[str, PairMetrics | None]  # None where the network cannot swap in that direction; a note says why
    intervals: dict[str, dict[str, list[float | None]]]  # by pair and figure: ends of the 95 % interval
    matrices: dict[str, list[list[float | None]]]  # row: whom the footage shows, column: who is drawn, as `identities`
    real: dict[str, RealMetrics]
    restored: dict[str, RestoredMetrics]
    cycle: dict[str, RestoredMetrics]  # by pair: the footage's faces there and back
    cost: CostMetrics | None
    judge: JudgeMetrics | None  # None where no second embedder was asked for
    perceptual: dict[str, PerceptualMetrics] | None  # by pair; None where it was not asked for
    detectability: DetectabilityMetrics | None  # None where it was not asked for, or there was nothing to learn from
    identities: dict[str, IdentityRecord]
    footage: dict[str, FootageRecord]
    clips: NotRequired[dict[str, str]]  # by pair: file name of the converted clip beside this file
    gallery: list[str]  # further faces that swapped ones were looked up among
    train_seconds: float | None
    samples_per_s: float | None
    parameters: int | None
    steps: int | None
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Goal:
    """Bounds that a figure should keep; an absent bound is not looked at."""

    at_least: float | None = None
    at_most: float | None = None

    def met(self, value: float | None) -> bool | None:
        """Whether the value keeps the bounds; None where there is no value."""
        if value is None:
            return None
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        if self.at_least is not None and self.at_most is not None:
            return f"{self.at_least:g} to {self.at_most:g}"
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"


GOALS: dict[str, Goal] = {
    "faces_found_ratio": Goal(at_least=0.97),
    "identity_distance_target": Goal(at_most=0.45),
    "closer_to_target_ratio": Goal(at_least=0.95),
    "mouth_opening_correlation": Goal(at_least=0.8),
    "sharpness_ratio": Goal(at_least=0.4, at_most=1.5),
    "mask_hull_ratio": Goal(at_least=0.75),
    "flicker_ratio": Goal(at_most=1.3),
    "seam_ratio": Goal(at_most=1.2),
    "outside_exact_ratio": Goal(at_least=1.0),
}


def pair_key(footage: str, identity: str) -> str:
    """The key under which a direction stands: ``footage>identity``."""
    return f"{footage}>{identity}"
