"""Holds the faces of a few dozen frames back until it is known whose they are.

Describing a face costs more than finding it, so each stretch of a track is described from its sharpest pictures only
and what they say is carried to all of it. Nothing is remembered from one settling to the next: an extraction that is
killed and goes on at a settled frame decides as if it had never stopped, and memory does not grow with the footage.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.cutting import CutFace
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.faceset_images import encode_image
from faceswap_lab.faces.finder import Embedder, Masker
from faceswap_lab.faces.likeness import Likeness, distance
from faceswap_lab.faces.measure import measure
from faceswap_lab.faces.patch import patch_of
from faceswap_lab.faces.tracking.state import TrackedFace
from faceswap_lab.media.frame import Frame

FACES_PER_VECTOR = 16
"""Of so many successive faces of a stretch, the sharpest is described."""

_UNPACKED = (b"", b"")  # images are packed only of faces that are kept


@dataclass(slots=True)
class _Stretch:
    faces: list[CutFace] = field(default_factory=list)
    patches: list[tuple[int, NDArray[np.uint8], FloatArray]] = field(default_factory=list)

    def add(self, face: CutFace, frame: Frame) -> None:
        self.faces.append(face)
        place, span = len(self.faces) - 1, (len(self.faces) - 1) // FACES_PER_VECTOR
        if span == len(self.patches):
            self.patches.append((place, *patch_of(frame.pixels, face.measured.face)))
        elif _clarity(face) > _clarity(self.faces[self.patches[span][0]]):
            self.patches[span] = (place, *patch_of(frame.pixels, face.measured.face))

    def describe(self, embedder: Embedder) -> FloatArray:
        vectors = [embedder.embed(patch, landmarks_682) for _, patch, landmarks_682 in self.patches]
        for (place, _, _), vector in zip(self.patches, vectors, strict=True):
            self.faces[place] = replace(self.faces[place], embedding=vector)
        return np.stack(vectors)


def _clarity(face: CutFace) -> tuple[bool, float]:
    return not face.tracked.interpolated, face.measured.sharpness  # what was not seen may be hidden


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
        self._stretches: dict[int, _Stretch] = {}

    def add(self, frame: Frame, faces: list[TrackedFace]) -> None:
        """Measures the faces of the next frame, largest first, and holds them."""
        if self.likeness is None and self.max_faces is not None:
            # Nobody will be left out, so the rest need not be described; and whoever stays has been.
            self.num_with_more += len(faces) > self.max_faces
            faces = faces[: self.max_faces]
        for face_index, tracked in enumerate(faces):
            measured = measure(frame.pixels, tracked.face, self.crop_spec, masker=self.masker)
            cut = CutFace(measured, _UNPACKED, tracked, frame.index, frame.pts_s, face_index, None)
            self._stretches.setdefault(tracked.track, _Stretch()).add(cut, frame)

    def settle(self) -> Iterator[CutFace]:
        """The wanted ones of the faces held, in the order of frames; begins anew."""
        kept: dict[int, list[CutFace]] = {}
        for stretch in self._stretches.values():
            vectors_KD = stretch.describe(self.embedder)
            if self._wants(vectors_KD):
                for face in stretch.faces:
                    kept.setdefault(face.frame_index, []).append(face)
            else:
                self.num_left_out += len(stretch.faces)
        self._begin()
        for _, faces in sorted(kept.items()):
            self.num_with_more += self.max_faces is not None and len(faces) > self.max_faces
            for face in sorted(faces, key=attrgetter("face_index"))[: self.max_faces]:
                measured = face.measured
                yield replace(face, encoded=(encode_image(measured.crop), encode_image(measured.mask)))

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
