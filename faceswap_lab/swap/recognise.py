"""Whose face a frame shows: the nearest of the known people, told by face vectors and carried along each track."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.finder import Embedder
from faceswap_lab.faces.tracking.match import overlap
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.seen import SeenFace

# A vector takes 0.13 s, so a track is described a few times at its start, then once a second.
_FIRST_LOOKS, _FIRST_EVERY, _LATER_EVERY = 3, 5, 25
_CLOSE = 0.05  # overlap of two boxes from which on tracks may have exchanged their numbers
_FORGOTTEN_AFTER = 250  # frames without the track


@dataclass(slots=True)
class _Track:
    """What is known of a track: the vectors seen in it, and since when."""

    vectors: list[FloatArray] = field(default_factory=list)
    next_look: int = 0
    last_seen: int = 0
    is_doubtful: bool = False


class KnownPeople:
    """Tells who is who by the distance to each person's mean vector.

    A track is described on its first frames and then about once a second, and again after it came close to another; the
    mean of its last vectors decides. Who is near nobody is nobody.

    Args:
        reference: Gives mean vectors by name and what computes such vectors; called at the first face, since it takes
            a while.
        threshold: Largest distance at which a face counts as somebody's.
    """

    def __init__(self, reference: Callable[[], tuple[Mapping[str, FloatArray], Embedder]], *, threshold: float) -> None:
        self._make_reference, self._threshold = reference, threshold
        self._reference: tuple[Mapping[str, FloatArray], Embedder] | None = None
        self._tracks: dict[int, _Track] = {}

    def who(self, faces: Sequence[SeenFace], frame: Frame) -> list[str | None]:
        """The name of each face of a frame, or None; to be called in the order of frames."""
        close = _close(faces)
        people = [face.person or self._person(face, frame, is_close=index in close) for index, face in enumerate(faces)]
        gone = [number for number, track in self._tracks.items() if frame.index - track.last_seen > _FORGOTTEN_AFTER]
        for number in gone:
            del self._tracks[number]
        return people

    def memory(self) -> dict[str, Any]:
        """What has to be given to ``restore`` to go on with the next frame, for JSON."""
        return {
            str(number): [[vector.tolist() for vector in track.vectors], track.next_look, track.last_seen,
                          track.is_doubtful]
            for number, track in self._tracks.items()
        }  # fmt: skip

    def restore(self, memory: Mapping[str, Any]) -> None:
        """Goes on where ``memory`` was taken."""
        self._tracks = {
            int(number): _Track([np.array(vector) for vector in vectors], next_look, last_seen, is_doubtful)
            for number, (vectors, next_look, last_seen, is_doubtful) in memory.items()
        }

    def _person(self, face: SeenFace, frame: Frame, *, is_close: bool) -> str | None:
        if self._reference is None:
            self._reference = self._make_reference()
        means, embedder = self._reference
        track = self._tracks.setdefault(face.track, _Track())
        track.last_seen = frame.index
        if is_close:
            track.is_doubtful = True
        is_apart = track.is_doubtful and not is_close
        if is_apart or frame.index >= track.next_look or not track.vectors:
            vector = embedder.embed(frame.image, face.face.landmarks_682)
            if is_apart or (track.vectors and np.linalg.norm(vector - track.vectors[-1]) > self._threshold):
                track.vectors.clear()  # it may be another person's track now
            track.is_doubtful = track.is_doubtful and is_close
            track.vectors = [*track.vectors, vector][-_FIRST_LOOKS:]
            is_settled = len(track.vectors) == _FIRST_LOOKS and self._nearest(track, means) is not None
            track.next_look = frame.index + (_LATER_EVERY if is_settled else _FIRST_EVERY)
        return self._nearest(track, means)

    def _nearest(self, track: _Track, means: Mapping[str, FloatArray]) -> str | None:
        mean = np.mean(track.vectors, axis=0)
        gap, name = min((float(np.linalg.norm(mean - other)), name) for name, other in means.items())
        return name if gap <= self._threshold else None


def _close(faces: Sequence[SeenFace]) -> set[int]:
    """Indices of faces whose boxes overlap another's."""
    return {
        index
        for index, one in enumerate(faces)
        for other_index, other in enumerate(faces)
        if index != other_index and overlap(one.face.box_4, other.face.box_4) > _CLOSE
    }
