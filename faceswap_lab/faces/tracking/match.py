"""Which found face continues which track: by overlap of the boxes, best pair first."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from faceswap_lab.faces.face import Face, FloatArray
from faceswap_lab.faces.tracking.state import ActiveTrack, TrackedFace, TrackState


def overlap(one_4: FloatArray, other_4: FloatArray) -> float:
    """Intersection over union of two boxes, 0 to 1; 0 where a box is empty."""
    shared = np.prod(np.maximum(np.minimum(one_4[2:], other_4[2:]) - np.maximum(one_4[:2], other_4[:2]), 0))
    areas = np.prod(np.maximum(one_4[2:] - one_4[:2], 0)) + np.prod(np.maximum(other_4[2:] - other_4[:2], 0))
    return float(shared / (areas - shared)) if shared > 0 else 0.0


def match_boxes(before: Sequence[FloatArray], after: Sequence[FloatArray], least_overlap: float) -> dict[int, int]:
    """Pairs of boxes that are likely the same face.

    Args:
        before: Boxes of shape (4,).
        after: Boxes of shape (4,).
        least_overlap: Intersection over union that a pair needs.

    Returns:
        Index in ``after`` to index in ``before``, one to one, the greatest overlaps first; equal ones in order.
    """
    pairs = [(-overlap(one, other), i, j) for i, one in enumerate(before) for j, other in enumerate(after)]
    matched: dict[int, int] = {}
    for negative, i, j in sorted(pairs):
        if -negative >= least_overlap and j not in matched and i not in matched.values():
            matched[j] = i
    return matched


def assign_tracks(
    state: TrackState, faces: Sequence[Face], *, least_overlap: float, max_missed: int
) -> tuple[list[TrackedFace], TrackState]:
    """Gives every found face a track: a going one that it overlaps, or a new one.

    Args:
        state: Before the frame.
        faces: What the detector and the landmarker found in it.
        least_overlap: Intersection over union with the track's last box, 0 to 1.
        max_missed: For how many frames a track that is not seen may still go on.

    Returns:
        The faces in the same order, and the state after the frame.
    """
    matched = match_boxes([track.last.face.box_4 for track in state.active], [f.box_4 for f in faces], least_overlap)
    next_track, tracked = state.next_track, []
    for place, face in enumerate(faces):
        if place in matched:
            tracked.append(TrackedFace(face, state.active[matched[place]].last.track))
        else:
            tracked.append(TrackedFace(face, next_track))
            next_track += 1
    missed = [
        ActiveTrack(track.last, track.num_missed + 1)
        for index, track in enumerate(state.active)
        if index not in matched.values() and track.num_missed < max_missed
    ]
    active = (*(ActiveTrack(face) for face in tracked), *missed)
    return tracked, replace(state, active=active, next_track=next_track, num_since_detection=0)
