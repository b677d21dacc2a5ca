"""Frames in, frames with their final faces out: tracked, gaps filled, smoothed, a few frames after they were read.

Gaps can only be filled, and landmarks only be smoothed without lag, by looking ahead; at most ``max_gap`` plus the
smoother's half width frames are held, so that memory does not grow with the footage. With every frame goes the memory
from which the rest can be computed exactly as if it had never been interrupted.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.tracking.gaps import fill_gaps
from faceswap_lab.faces.tracking.match import overlap
from faceswap_lab.faces.tracking.recognise import Recogniser
from faceswap_lab.faces.tracking.smoothing import Smoother
from faceswap_lab.faces.tracking.state import TrackedFace, TrackState
from faceswap_lab.faces.tracking.tracker import Tracker
from faceswap_lab.media.frame import Frame


@dataclass(frozen=True, slots=True)
class FollowedFrame:
    """A frame whose faces are final.

    Attributes:
        frame: As it was read.
        faces: Largest first.
        memory: What has to be given to ``FaceFollower`` to go on with the next frame.
    """

    frame: Frame
    faces: list[TrackedFace]
    memory: "Memory"


@dataclass(frozen=True, slots=True)
class Memory:
    """What was known after a frame: the tracker's state, and the faces of the last frames before smoothing."""

    state: TrackState
    past: tuple[tuple[TrackedFace, ...], ...]
    last_index: int

    def to_json(self) -> str:
        """As text from which ``from_json`` makes exactly the same."""
        past = [[face.to_plain() for face in faces] for faces in self.past]
        return json.dumps({"state": self.state.to_plain(), "past": past, "last_index": self.last_index})

    @classmethod
    def from_json(cls, text: str) -> "Memory":
        """The memory that ``to_json`` wrote."""
        plain: dict[str, Any] = json.loads(text)
        past = tuple(tuple(TrackedFace.from_plain(face) for face in faces) for faces in plain["past"])
        return cls(TrackState.from_plain(plain["state"]), past, plain["last_index"])


class FaceFollower:
    """Follows the faces of one footage.

    Args:
        finder: Finds the faces of a frame.
        tracker: Decides when to detect, and what belongs together.
        smoother: Smooths each track's landmarks; None leaves them.
        recogniser: Tells tracks apart by more than overlap; None leaves them as the tracker has them.
        every: Distance of the frames that will come; a greater one is a new scene.
        memory: To go on where an earlier follower was; None starts anew.
        first_track: Number of the first track, where the footage has some already.
    """

    def __init__(
        self,
        finder: FaceFinder,
        tracker: Tracker,
        *,
        smoother: Smoother | None = None,
        recogniser: Recogniser | None = None,
        every: int = 1,
        memory: Memory | None = None,
        first_track: int = 0,
    ) -> None:
        self._finder, self._tracker, self._every = finder, tracker, every
        self.looks_at_parts = tracker.looks_at_parts
        self._smoother, self._recogniser = smoother or Smoother("off"), recogniser
        memory = memory or Memory(TrackState(next_track=first_track), (), -1)
        self._state, self._last_index = memory.state, memory.last_index
        self._num_kept = max(self._tracker.max_gap + 1, self._smoother.half_width)
        self._faces: list[list[TrackedFace]] = [list(faces) for faces in memory.past]
        self._held: list[tuple[Frame, TrackState]] = []

    def follow(self, frames: Iterable[Frame]) -> Iterator[FollowedFrame]:
        """Yields every frame with its faces, in order."""
        ahead = self._tracker.max_gap + self._smoother.half_width
        for frame in frames:
            self._look(frame)
            if len(self._held) > ahead:
                yield self._finish()
        while self._held:
            yield self._finish()

    def _look(self, frame: Frame) -> None:
        if self._last_index >= 0 and frame.index - self._last_index > self._every:
            self._state = replace(self._state, active=())
        faces, self._state = self._tracker.follow(frame.pixels, self._state, self._finder)
        if self._recogniser is not None:
            faces, self._state = self._recogniser.settle(frame.pixels, faces, self._state)
        self._last_index = frame.index
        self._held.append((frame, self._state))
        self._faces.append(faces)
        fill_gaps(self._faces, len(self._faces) - len(self._held), self._tracker.max_gap)

    def _finish(self) -> FollowedFrame:
        """The oldest held frame, and forgets what no later frame needs."""
        place = len(self._faces) - len(self._held)
        frame, state = self._held.pop(0)
        faces = [self._smooth(tracked, place) for tracked in self._faces[place]]
        self._faces = self._faces[max(0, place + 1 - self._num_kept) :]
        num_past = len(self._faces) - len(self._held)
        past = tuple(tuple(faces) for faces in self._faces[:num_past])
        return FollowedFrame(frame, faces, Memory(state, past, frame.index))

    def _smooth(self, tracked: TrackedFace, place: int) -> TrackedFace:
        """The face with landmarks from as many frames to each side as its track has without a break, at both alike."""
        sides: list[list[np.ndarray]] = [[], []]
        for side, step in zip(sides, (-1, 1), strict=True):
            last = tracked.face
            for index in range(1, self._smoother.half_width + 1):
                at = place + step * index
                faces = self._faces[at] if 0 <= at < len(self._faces) else []
                other = next((face for face in faces if face.track == tracked.track), None)
                if other is None or overlap(last.box_4, other.face.box_4) == 0:  # a track that was told apart jumps
                    break
                last = other.face
                side.append(last.landmarks_682)
        reach = min(map(len, sides))
        if reach == 0:
            return tracked
        window = [*reversed(sides[0][:reach]), tracked.face.landmarks_682, *sides[1][:reach]]
        landmarks_682 = self._smoother.smooth(np.stack(window))
        return replace(tracked, face=replace(tracked.face, landmarks_682=landmarks_682))
