"""Which of several faces in a frame is swapped: the footage's person, or whoever was swapped before, or the largest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.face import Face, FloatArray
from faceswap_lab.faces.finder import Embedder
from faceswap_lab.faces.tracking.state import TrackedFace

# How far, in sides of its box, a face may move in one frame and still be taken for the same without a second look.
_FOLLOWED_WITHIN = 0.5
# After so many frames followed by place alone the identity is looked at again: two people may have crossed.
_FOLLOWED_FRAMES = 25


class FaceChooser:
    """Picks one face a frame, in the order of frames.

    One face in a frame is taken as it is, which costs nothing. Of several, the one nearest to the person's mean vector
    is taken, then followed by its place; without such a vector, the one that was swapped in the frame before is
    followed, and at the start the largest is taken.

    Args:
        reference: Gives the mean vector of the footage's person and what computes such vectors; called at the first
            frame with several faces, since it takes a while. None: the person is not known.
    """

    def __init__(self, reference: Callable[[], tuple[FloatArray, Embedder]] | None = None) -> None:
        self._make_reference = reference
        self._reference: tuple[FloatArray, Embedder] | None = None
        self._last: tuple[int, Face] | None = None
        self._frames_followed = 0

    def choose(self, faces: Sequence[Face], image: NDArray[np.uint8], frame_index: int) -> Face | None:
        """The face to swap; None where there is none.

        Args:
            faces: Faces of the frame.
            image: The frame, RGB uint8.
            frame_index: Its index; a gap to the last one ends the following.
        """
        chosen = self._choose(faces, image, frame_index)
        if chosen is not None:
            self._last = (frame_index, chosen)
        return chosen

    def memory(self) -> dict[str, Any]:
        """What has to be given to ``restore`` to go on with the next frame, for JSON."""
        last = None if self._last is None else [self._last[0], TrackedFace(self._last[1], 0).to_plain()]
        return {"last": last, "frames_followed": self._frames_followed}

    def restore(self, memory: Mapping[str, Any]) -> None:
        """Goes on where ``memory`` was taken."""
        last = memory["last"]
        self._last = None if last is None else (last[0], TrackedFace.from_plain(last[1]).face)
        self._frames_followed = memory["frames_followed"]

    def _choose(self, faces: Sequence[Face], image: NDArray[np.uint8], frame_index: int) -> Face | None:
        if len(faces) < 2:
            return faces[0] if faces else None
        followed = self._follow(faces, frame_index)
        if self._make_reference is None:
            return followed if followed is not None else max(faces, key=lambda face: face.area)
        if followed is not None and self._frames_followed < _FOLLOWED_FRAMES:
            self._frames_followed += 1
            return followed
        self._frames_followed = 1
        if self._reference is None:
            self._reference = self._make_reference()
        mean, embedder = self._reference
        return min(faces, key=lambda face: float(np.linalg.norm(embedder.embed(image, face.landmarks_682) - mean)))

    def _follow(self, faces: Sequence[Face], frame_index: int) -> Face | None:
        """The face that stands where the last one stood in the frame before."""
        if self._last is None or frame_index - self._last[0] != 1:
            return None
        last = self._last[1]
        if self._make_reference is not None and self._frames_followed == 0:
            return None  # the last one was alone in its frame and has never been compared
        side = float(np.sqrt(max(last.area, 1.0)))
        distances = [float(np.linalg.norm(_centre(face) - _centre(last))) / side for face in faces]
        nearest = int(np.argmin(distances))
        return faces[nearest] if distances[nearest] < _FOLLOWED_WITHIN else None


def _centre(face: Face) -> FloatArray:
    return (face.box_4[:2] + face.box_4[2:]) / 2
