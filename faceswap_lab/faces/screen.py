"""Holds the faces of a few dozen frames back until it is known whose they are.

Describing a face costs more than finding it, so each stretch of a face is described from its sharpest pictures only
and what they say is carried to all of it. Nothing is remembered from one settling to the next: an extraction that is
killed and goes on at a settled frame decides as if it had never stopped, and memory does not grow with the footage.
"""

from dataclasses import dataclass, field, replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.face import Face, FloatArray
from faceswap_lab.faces.finder import Embedder, Masker
from faceswap_lab.faces.likeness import Likeness, distance
from faceswap_lab.faces.measure import MeasuredFace, measure
from faceswap_lab.faces.stretches import Stretches
from faceswap_lab.media.frame import Frame

FACES_PER_VECTOR = 16
"""Of so many successive faces of a stretch, the sharpest is described."""

_MARGIN = 0.75  # of the landmarks' extent on every side: what an embedder sees, with room for a turned head


@dataclass(frozen=True, slots=True)
class ScreenedFace:
    """A face of one frame.

    Attributes:
        measured: Its crop, mask and figures.
        frame_index: Frame within the footage.
        pts_s: Time of the frame in seconds.
        face_index: Place among all faces of the frame, largest first.
        track: Number of its stretch, unique within the footage, where it was followed.
        embedding: Vector, where it was described itself.
    """

    measured: MeasuredFace
    frame_index: int
    pts_s: float
    face_index: int
    track: int | None = None
    embedding: FloatArray | None = None


@dataclass(slots=True)
class _Stretch:
    faces: list[ScreenedFace] = field(default_factory=list)
    patches: list[tuple[int, NDArray[np.uint8], FloatArray]] = field(default_factory=list)

    def add(self, face: ScreenedFace, frame: Frame) -> None:
        self.faces.append(face)
        place, span = len(self.faces) - 1, (len(self.faces) - 1) // FACES_PER_VECTOR
        if span == len(self.patches):
            self.patches.append((place, *patch_of(frame.image, face.measured.face)))
        elif face.measured.sharpness > self.faces[self.patches[span][0]].measured.sharpness:
            self.patches[span] = (place, *patch_of(frame.image, face.measured.face))

    def describe(self, embedder: Embedder) -> FloatArray:
        vectors = [embedder.embed(patch, landmarks_682) for _, patch, landmarks_682 in self.patches]
        for (place, _, _), vector in zip(self.patches, vectors, strict=True):
            self.faces[place] = replace(self.faces[place], embedding=vector)
        return np.stack(vectors)


class Screen:
    """Decides stretch by stretch which faces are kept.

    Args:
        embedder: Describes faces.
        crop_spec: How crops are cut.
        masker: Draws masks; by default the hull of the landmarks.
        likeness: Who is wanted; None keeps everybody.
        max_faces: How many wanted faces to keep a frame, the largest first; None: all.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        crop_spec: CropSpec,
        masker: Masker | None = None,
        likeness: Likeness | None = None,
        max_faces: int | None = None,
    ) -> None:
        self.embedder, self.crop_spec, self.masker = embedder, crop_spec, masker
        self.likeness, self.max_faces = likeness, max_faces
        self.num_left_out = self.num_with_more = 0
        self.nearest: float | None = None
        """Smallest distance of a face so far to the pictures of ``likeness.only``."""
        self._begin()

    def _begin(self) -> None:
        self._chains, self._stretches, self._first_frame = Stretches(), {}, None

    def add(self, frame: Frame, faces: list[Face]) -> None:
        """Measures the faces of the next frame, largest first, and holds them."""
        if self._first_frame is None:
            self._first_frame = frame.index
        for face_index, number in enumerate(self._chains.assign(frame.image, faces)):
            # Unique within the footage, and the same after a resume: a settled frame begins the count again.
            track = self._first_frame * 1000 + number
            measured = measure(frame.image, faces[face_index], self.crop_spec, masker=self.masker)
            screened = ScreenedFace(measured, frame.index, frame.pts_s, face_index, track)
            self._stretches.setdefault(track, _Stretch()).add(screened, frame)

    def settle(self) -> list[ScreenedFace]:
        """The wanted ones of the faces held, in the order of frames; begins anew."""
        kept: dict[int, list[ScreenedFace]] = {}
        for stretch in self._stretches.values():
            vectors_KD = stretch.describe(self.embedder)
            if self._wants(vectors_KD):
                for face in stretch.faces:
                    kept.setdefault(face.frame_index, []).append(face)
            else:
                self.num_left_out += len(stretch.faces)
        self._begin()
        settled: list[ScreenedFace] = []
        for _, faces in sorted(kept.items()):
            self.num_with_more += self.max_faces is not None and len(faces) > self.max_faces
            settled += sorted(faces, key=attrgetter("face_index"))[: self.max_faces]
        return settled

    def why_none(self, footage: object) -> str:
        """One line for an extraction in which everybody was left out."""
        if self.nearest is None or self.likeness is None or self.nearest <= self.likeness.threshold:
            return f"{footage}: all {self.num_left_out} faces are near the pictures of exclude; nothing is left to keep"
        return (
            f"{footage}: none of {self.num_left_out} faces is near the pictures of only; the nearest is "
            f"{self.nearest:.2f} away, identity_threshold is {self.likeness.threshold:g}"
        )

    def _wants(self, vectors_KD: FloatArray) -> bool:
        if self.likeness is None:
            return True
        if self.likeness.only is not None:
            found = distance(vectors_KD, self.likeness.only.vectors_ND)
            self.nearest = found if self.nearest is None else min(self.nearest, found)
        return self.likeness.wants(vectors_KD)


def patch_of(image: NDArray[np.uint8], face: Face) -> tuple[NDArray[np.uint8], FloatArray]:
    """The part of a frame that an embedder looks at, copied, and the landmarks in its pixels.

    Returns:
        Picture of shape (h, w, 3), much smaller than the frame, and landmarks of shape (68, 2).
    """
    low, high = face.landmarks_682.min(0), face.landmarks_682.max(0)
    margin = _MARGIN * float((high - low).max())
    size = np.array([image.shape[1], image.shape[0]])
    first = np.clip(np.floor(low - margin), 0, size - 1).astype(int)
    end = np.clip(np.ceil(high + margin), first + 1, size).astype(int)
    return image[first[1] : end[1], first[0] : end[0]].copy(), face.landmarks_682 - first
