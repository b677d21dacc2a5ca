"""What a tracker knows between two frames, as a value: it can be kept, and an extraction goes on from it exactly."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from faceswap_lab.faces.face import Face, FloatArray


@dataclass(frozen=True, slots=True)
class TrackedFace:
    """A face of a frame and the track it belongs to.

    Attributes:
        face: The face, in frame pixels.
        track: Number of its track within the footage, from 0.
        interpolated: Whether it was not seen, but lies between two frames in which it was.
    """

    face: Face
    track: int
    interpolated: bool = False

    def to_plain(self) -> dict[str, Any]:
        """The face in lists and numbers that survive JSON exactly."""
        face = self.face
        return {
            "track": self.track,
            "interpolated": self.interpolated,
            "box": face.box_4.tolist(),
            "landmarks": face.landmarks_682.tolist(),
            "confidence": face.confidence,
            "landmark_confidence": face.landmark_confidence,
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """The face that ``to_plain`` described."""
        box_4, landmarks_682 = np.array(plain["box"]), np.array(plain["landmarks"])
        face = Face(box_4, landmarks_682, plain["confidence"], plain["landmark_confidence"])
        return cls(face, plain["track"], plain["interpolated"])


@dataclass(frozen=True, slots=True)
class ActiveTrack:
    """A track that may go on in the next frame.

    Attributes:
        last: Its last face.
        num_missed: Frames since then in which it was not seen.
    """

    last: TrackedFace
    num_missed: int = 0


@dataclass(frozen=True, slots=True)
class TrackState:
    """A tracker's memory after a frame.

    Attributes:
        active: Tracks that may go on.
        next_track: Number of the next new track.
        num_since_detection: Frames since the detector looked.
        histogram_512: Colours of the last frame, or None before the first.
        vectors: Of tracks that may go on and were described, the track and its vector.
        doubtful: Tracks that came close to another and were not told apart since.
    """

    active: tuple[ActiveTrack, ...] = ()
    next_track: int = 0
    num_since_detection: int = 0
    histogram_512: FloatArray | None = field(default=None, compare=False)
    vectors: tuple[tuple[int, FloatArray], ...] = field(default=(), compare=False)
    doubtful: tuple[int, ...] = ()

    def to_plain(self) -> dict[str, Any]:
        """The state in lists and numbers that survive JSON exactly."""
        return {
            "active": [{"last": track.last.to_plain(), "num_missed": track.num_missed} for track in self.active],
            "next_track": self.next_track,
            "num_since_detection": self.num_since_detection,
            "histogram": None if self.histogram_512 is None else self.histogram_512.tolist(),
            "vectors": [[track, vector_D.tolist()] for track, vector_D in self.vectors],
            "doubtful": list(self.doubtful),
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """The state that ``to_plain`` described."""
        active = [ActiveTrack(TrackedFace.from_plain(item["last"]), item["num_missed"]) for item in plain["active"]]
        histogram = None if plain["histogram"] is None else np.array(plain["histogram"])
        vectors = tuple((track, np.array(vector)) for track, vector in plain.get("vectors", ()))
        doubtful = tuple(plain.get("doubtful", ()))
        return cls(tuple(active), plain["next_track"], plain["num_since_detection"], histogram, vectors, doubtful)
