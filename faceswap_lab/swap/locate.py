"""The first half of a conversion: frames in order, each with the faces to swap and their crops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import NoFaceError
from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.masks.stored import StoredMask
from faceswap_lab.swap.router import Router
from faceswap_lab.swap.seen import FrameFaces, SeenFace


@dataclass(frozen=True, slots=True)
class LocatedFace:
    """A face of a frame that is swapped.

    Attributes:
        landmarks_682: Its landmarks, frame px.
        frame_to_crop_23: Frame px to px of the network's input crop.
        crop: That crop, RGB uint8, shape (S, S, 3).
        identity: Who is drawn over it.
        track: Number of its track within the footage.
        mask: Its mask in the footage's face set, or None.
    """

    landmarks_682: FloatArray
    frame_to_crop_23: FloatArray
    crop: NDArray[np.uint8]
    identity: str
    track: int
    mask: StoredMask | None = None


class FaceLocator:
    """Tells the faces to swap, frame after frame.

    Args:
        source: Tells the faces of a frame.
        router: Decides which are swapped, and to whom.
        crop_spec: What the network takes.

    Attributes:
        num_with_faces: Frames so far that show a face, swapped or not.
    """

    def __init__(self, source: FrameFaces, router: Router, *, crop_spec: CropSpec) -> None:
        self._source, self._router, self._crop_spec = source, router, crop_spec
        self.num_with_faces = 0

    @property
    def num_reused(self) -> int:
        """Frames whose faces were known, so that none had to be found."""
        return self._source.num_reused

    def locate(self, frame: Frame) -> list[LocatedFace]:
        """The faces of one frame that are swapped, the farthest first; to be called in the order of frames."""
        faces = self._source.of(frame)
        self.num_with_faces += bool(faces)
        routed = self._router.route(faces, frame)
        located = (self._cut(frame, seen, identity) for seen, identity in routed)
        return sorted((face for face in located if face is not None), key=_size)

    def memory(self) -> dict[str, Any]:
        """What has to be given to ``restore`` to go on with the next frame, for JSON."""
        return {"source": self._source.memory(), "router": self._router.memory()}

    def restore(self, memory: Mapping[str, Any]) -> None:
        """Goes on where ``memory`` was taken."""
        self._source.restore(memory["source"])
        self._router.restore(memory["router"])

    def _cut(self, frame: Frame, seen: SeenFace, identity: str) -> LocatedFace | None:
        landmarks_682 = seen.face.landmarks_682
        try:
            matrix_23 = frame_to_crop(landmarks_682, self._crop_spec)
        except NoFaceError:  # the landmarks coincide: nothing there to align
            return None
        crop = cut(frame.image, matrix_23, self._crop_spec.size)
        return LocatedFace(landmarks_682, matrix_23, crop, identity, seen.track, seen.mask)


def _size(face: LocatedFace) -> float:
    """Side of the face in the frame: of two that overlap, the larger one is nearer and lies on top."""
    return 1 / float(np.sqrt(abs(np.linalg.det(face.frame_to_crop_23[:, :2]))))
