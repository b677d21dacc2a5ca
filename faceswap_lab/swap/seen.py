"""The faces of a frame, each with the number of its track: what was stored, or what is found and followed by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceswap_lab.faces.face import Face
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.trackers.every_frame import EveryFrame
from faceswap_lab.faces.tracking.match import assign_tracks
from faceswap_lab.faces.tracking.state import TrackState
from faceswap_lab.faces.tracking.tracker import Tracker, enter_frame
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.footage_faces import FootageFaces, KnownFace
from faceswap_lab.swap.masks.stored import StoredMask

# Of faces that are known, as trackers have them by default.
_LEAST_OVERLAP, _CUT, _MAX_MISSED = 0.3, 0.45, 5


@dataclass(frozen=True, slots=True)
class SeenFace:
    """A face of a frame.

    Attributes:
        face: The face, frame px.
        track: Number of its track: as it is stored, else counted from 0 in the order in which faces appear.
        person: Whose it is, where a face set or a file says so.
        mask: Its mask in the face set, or None.
    """

    face: Face
    track: int
    person: str | None = None
    mask: StoredMask | None = None


class FrameFaces:
    """Tells the faces of frame after frame, largest first.

    Args:
        finder: Finds the faces that are not known.
        known: The person of the footage, or None.
        sets: People who alone are wanted: a frame that is in the sets of all of them need not be looked at.
        tracker: How faces that are not known are found; by default anew in every frame. Gaps are not filled.
    """

    def __init__(
        self,
        finder: FaceFinder,
        *,
        known: FootageFaces | None = None,
        sets: Mapping[str, FootageFaces] | None = None,
        tracker: Tracker | None = None,
    ) -> None:
        self._finder, self._known, self._sets = finder, known, dict(sets or {})
        self._tracker = tracker or EveryFrame(max_gap=_MAX_MISSED, least_overlap=_LEAST_OVERLAP, cut=_CUT)
        stored = [] if known is None else [one.track for faces in known.faces.values() for one in faces]
        tracks = [track for track in stored if track is not None]
        self._are_tracks_stored = bool(tracks) and len(tracks) == len(stored)
        self._state = TrackState(next_track=1 + max(tracks) if self._are_tracks_stored else 0)
        self._last_index = -1
        self.num_reused = 0

    def of(self, frame: Frame) -> list[SeenFace]:
        """The faces of one frame; to be called in the order of frames."""
        known = self._stored(frame.index)
        if known is None:
            self._end_tracks_at_gap(frame)
            faces, self._state = self._tracker.follow(frame.pixels, self._state, self._finder)
            return [SeenFace(one.face, one.track) for one in faces]
        self.num_reused += 1
        if self._are_tracks_stored:
            return [SeenFace(one.face, one.track or 0, person, one.mask) for one, person in known]
        seen = self._tie(frame, [one.face for one, _ in known])
        return [
            SeenFace(face.face, face.track, person, one.mask) for face, (one, person) in zip(seen, known, strict=True)
        ]

    def memory(self) -> dict[str, Any]:
        """What has to be given to ``restore`` to go on with the next frame, for JSON."""
        return {"state": self._state.to_plain(), "last_index": self._last_index, "num_reused": self.num_reused}

    def restore(self, memory: Mapping[str, Any]) -> None:
        """Goes on where ``memory`` was taken."""
        self._state = TrackState.from_plain(memory["state"])
        self._last_index, self.num_reused = memory["last_index"], memory["num_reused"]

    def _stored(self, index: int) -> list[tuple[KnownFace, str]] | None:
        """What is known of a frame, with the person's name; None: it has to be looked at."""
        if self._known is not None:
            if index not in self._known.faces and not self._known.is_complete:
                return None
            return [(one, self._known.identity.name) for one in self._known.faces.get(index, ())]
        if not self._sets or not all(index in known.faces for known in self._sets.values()):
            return None
        faces = [(one, name) for name, known in self._sets.items() for one in known.faces[index]]
        return sorted(faces, key=lambda face: -face[0].face.area)

    def _tie(self, frame: Frame, faces: Sequence[Face]) -> list[SeenFace]:
        """Gives faces that are known the numbers of their tracks."""
        self._end_tracks_at_gap(frame)
        state = enter_frame(frame.pixels, self._state, _CUT)
        tracked, self._state = assign_tracks(state, faces, least_overlap=_LEAST_OVERLAP, max_missed=_MAX_MISSED)
        return [SeenFace(one.face, one.track) for one in tracked]

    def _end_tracks_at_gap(self, frame: Frame) -> None:
        if frame.index - self._last_index != 1:
            self._state = TrackState(next_track=self._state.next_track, histogram_512=self._state.histogram_512)
        self._last_index = frame.index
