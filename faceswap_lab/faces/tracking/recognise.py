"""Whose track is whose where overlap of the boxes can be mistaken: faces that came close are told apart by vectors."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.finder import Embedder
from faceswap_lab.faces.likeness import THRESHOLD
from faceswap_lab.faces.patch import patch_of
from faceswap_lab.faces.tracking.match import overlap
from faceswap_lab.faces.tracking.state import ActiveTrack, TrackedFace, TrackState
from faceswap_lab.media.pixels import Pixels

_CLOSE = 0.05  # intersection over union from which on two faces may be taken for each other


class Recogniser:
    """Gives faces the tracks of the people they belong to.

    Describing a face costs more than finding it, so it is done only while at least two are in sight: once for each
    track, and again when faces that overlapped have come apart.

    Args:
        embedder: Describes faces.
        threshold: Largest distance of two vectors of one person.
    """

    def __init__(self, embedder: Embedder, *, threshold: float = THRESHOLD) -> None:
        self._embedder, self._threshold = embedder, threshold

    def settle(
        self, pixels: Pixels, faces: Sequence[TrackedFace], state: TrackState
    ) -> tuple[list[TrackedFace], TrackState]:
        """The faces of a frame with the tracks they belong to, and the state after it.

        Args:
            pixels: Frame, RGB, shape (H, W, 3).
            faces: With tracks by overlap.
            state: After the frame, as the tracker left it.
        """
        alive = {track.last.track for track in state.active}
        known = {track: vector_D for track, vector_D in state.vectors if track in alive}
        if len(alive) < 2:
            return list(faces), replace(state, vectors=tuple(known.items()), doubtful=())
        close = _close(faces)
        doubtful = {*state.doubtful, *close} & alive
        apart = [f for f in faces if f.track not in close and (f.track not in known or f.track in doubtful)]
        described = {face.track: self._embedder.embed(*patch_of(pixels, face.face)) for face in apart}
        held = {face.track for face in faces} - described.keys()
        owners = self._owners(described, {track: known[track] for track in known if track not in held})
        renamed, next_track = {}, state.next_track
        for track in described:
            if track in owners:
                renamed[track] = owners[track]
            elif track in known or track in owners.values():  # by overlap somebody else's
                renamed[track], next_track = next_track, next_track + 1
            known.setdefault(renamed.get(track, track), described[track])
        settled = [replace(face, track=renamed.get(face.track, face.track)) for face in faces]
        seen = {face.track for face in settled}
        missed = [track for track in state.active if track.num_missed and track.last.track not in seen]
        after = replace(
            state,
            active=(*(ActiveTrack(face) for face in settled), *missed),
            next_track=next_track,
            vectors=tuple(known.items()),
            doubtful=tuple(sorted(doubtful - described.keys() - set(renamed.values()))),
        )
        return settled, after

    def _owners(self, described: dict[int, FloatArray], free: dict[int, FloatArray]) -> dict[int, int]:
        """Track by overlap to track by vector, one to one, the nearest first; who is near nobody is left out."""
        gaps = sorted(
            (float(np.linalg.norm(vector_D - known_D)), by_overlap, track)
            for by_overlap, vector_D in described.items()
            for track, known_D in free.items()
        )
        owners: dict[int, int] = {}
        for gap, by_overlap, track in gaps:
            if gap <= self._threshold and by_overlap not in owners and track not in owners.values():
                owners[by_overlap] = track
        return owners


def _close(faces: Sequence[TrackedFace]) -> set[int]:
    """Tracks of faces that overlap another."""
    return {
        one.track
        for place, one in enumerate(faces)
        for other_place, other in enumerate(faces)
        if place != other_place and overlap(one.face.box_4, other.face.box_4) > _CLOSE
    }
