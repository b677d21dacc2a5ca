"""Which faces train and which validate: by blocks of time, never frame by frame, for neighbouring frames are twins.

A validation face is at least a gap of time away from every training face of the same footage. Shape letters: N faces.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.frame_range import FrameRange

_ROUNDING_S = 1e-6  # time stamps are sums of binary fractions


class Split(NamedTuple):
    """Places of faces in their face set, ascending.

    Attributes:
        training: Faces to learn from.
        validation: Faces to measure on.
    """

    training: NDArray[np.int64]
    validation: NDArray[np.int64]

    def only(self, wanted_N: NDArray[np.bool_]) -> Self:
        """The same without the faces that are not wanted."""
        return self._replace(**{name: faces[wanted_N[faces]] for name, faces in self._asdict().items()})


def split_by_time(
    media_N: NDArray[np.str_], pts_s_N: NDArray[np.float64], *, validation_ratio: float = 0.15, gap_s: float = 1.0
) -> Split:
    """Gives the last part of each footage to validation, after a gap that belongs to neither.

    Args:
        media_N: Which footage each face is from.
        pts_s_N: When, in seconds.
        validation_ratio: Share of the time from the footage's first to its last face, in (0, 1).
        gap_s: Seconds between the two parts. In footage shorter than ten gaps it shrinks to a tenth of the footage.

    Returns:
        The two parts. Stills, footage of a single moment, are dealt out whole: the last of them validate.
    """
    training, validation = np.zeros(len(pts_s_N), bool), np.zeros(len(pts_s_N), bool)
    stills: list[NDArray[np.int64]] = []
    for media in dict.fromkeys(media_N.tolist()):
        faces = np.flatnonzero(media_N == media)
        times = pts_s_N[faces]
        span = float(times.max() - times.min())
        if span <= 0:
            stills.append(faces)
            continue
        cut = float(times.max()) - validation_ratio * span
        validation[faces] = times >= cut - _ROUNDING_S
        training[faces] = times < cut - min(gap_s, span / 10) + _ROUNDING_S
    num_held = int(np.ceil(len(stills) * validation_ratio)) if len(stills) > 1 else 0
    for place, faces in enumerate(stills):
        (validation if place >= len(stills) - num_held else training)[faces] = True
    return Split(np.flatnonzero(training), np.flatnonzero(validation))


def split_by_range(
    media_N: NDArray[np.str_],
    frames_N: NDArray[np.int64],
    pts_s_N: NDArray[np.float64],
    *,
    training_frames: FrameRange,
    gap_s: float = 1.0,
) -> Split:
    """Trains on the given frames of each footage; what is a gap of time away from all of them validates.

    Args:
        media_N: Which footage each face is from.
        frames_N: Frame number of each face in its footage.
        pts_s_N: When, in seconds.
        training_frames: Frames to train on.
        gap_s: Least distance in seconds of a validation face from any training face of its footage.
    """
    training = np.array([training_frames.contains(int(frame)) for frame in frames_N], bool)
    validation = ~training
    for media in dict.fromkeys(media_N.tolist()):
        rest = np.flatnonzero((media_N == media) & ~training)
        trained_s = np.sort(pts_s_N[(media_N == media) & training])
        if len(trained_s) and len(rest):
            after = np.searchsorted(trained_s, pts_s_N[rest])
            to_next = np.abs(trained_s[np.minimum(after, len(trained_s) - 1)] - pts_s_N[rest])
            to_last = np.abs(trained_s[np.maximum(after - 1, 0)] - pts_s_N[rest])
            validation[rest] = np.minimum(to_next, to_last) >= gap_s - _ROUNDING_S
    return Split(np.flatnonzero(training), np.flatnonzero(validation))
