"""What is known about the faces of a footage before it is read: rows of the face sets extracted from it, or a file."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.errors import FacesetError
from faceswap_lab.faces.curation.alignments import read_alignments
from faceswap_lab.faces.face import Face, FloatArray
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import Embedder
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.swap.masks.stored import StoredMask

logger = logging.getLogger(__name__)

EMBEDDER = "dlib_resnet"
"""What describes faces here; a stored vector of another embedder tells nothing."""


@dataclass(frozen=True, slots=True)
class KnownFace:
    """A face that need not be found.

    Attributes:
        face: The face, frame px.
        track: Number of its track, or None where it was not followed.
        mask: Its mask in the face set, or None.
    """

    face: Face
    track: int | None
    mask: StoredMask | None = None


@dataclass(frozen=True, slots=True)
class FootageFaces:
    """What is known of one person in the footage.

    Attributes:
        identity: Whose face the footage shows.
        faces: The person's faces in this very footage, by frame index, largest first; empty where all that is known
            came from other footage of the person.
        faceset: The set they came from; None for a file.
        is_complete: Whether a frame without an entry has no face, instead of being one that nobody looked at.
        vectors: Stored face vectors, where there is no set to ask.
    """

    identity: IdentityRecord
    faces: dict[int, list[KnownFace]] = field(default_factory=dict)
    faceset: Faceset | None = None
    is_complete: bool = False
    vectors: Sequence[FloatArray] = ()

    @property
    def has_vectors(self) -> bool:
        """Whether ``mean_embedding`` can tell what the person looks like."""
        return self.faceset is not None or bool(self.vectors)

    def mean_embedding(self, embedder: Embedder) -> FloatArray:
        """The person's mean face vector; only where there are vectors."""
        if self.faceset is not None:
            return mean_vector(self.faceset, embedder)
        return np.asarray(np.mean(self.vectors, axis=0), np.float64)


def mean_vector(faceset: Faceset, embedder: Embedder) -> FloatArray:
    """The mean face vector of a face set's person; vectors stored at extraction cost nothing.

    Raises:
        FacesetError: The set is empty or a crop is damaged.
    """
    vectors = [row.embedding for row in faceset.rows() if row.embedder == embedder.name]
    stored = [vector for vector in vectors if vector is not None]
    return np.asarray(np.mean(stored, axis=0), np.float64) if stored else faceset.mean_embedding(embedder)


def find_footage_faces(sha256: str, card: Card) -> FootageFaces | None:
    """The face set among those of a checkpoint that was extracted from a footage, or None.

    Args:
        sha256: Of the footage.
        card: Card of the checkpoint.
    """
    for opened in sets_of_card(card).values():
        known = faces_in_set(opened, sha256)
        if known.faces:
            return known
    return None


def sets_of_card(card: Card) -> dict[str, Faceset]:
    """The face sets that a checkpoint was trained on, by identity, as far as they are there."""
    sets: dict[str, Faceset] = {}
    for name, identity in card["identities"].items():
        path = Path(identity["faceset"])
        if not path.is_dir():
            continue  # a checkpoint travels without its face sets
        try:
            sets[name] = Faceset.open(path)
        except FacesetError as error:
            logger.warning("%s; its faces are not reused", error)
    return sets


def faces_in_set(faceset: Faceset, sha256: str) -> FootageFaces:
    """What a face set knows of a footage."""
    faces: dict[int, list[KnownFace]] = {}
    for row in faceset.rows_for_media(sha256):
        face = Face(row.box, row.landmarks_682, row.confidence)
        mask = StoredMask(faceset.mask_path(row), row.frame_to_crop)
        faces.setdefault(row.frame_index, []).append(KnownFace(face, row.track, mask))
    return FootageFaces(faceset.identity, faces, faceset)


def read_footage_faces(path: str | os.PathLike[str], sha256: str) -> FootageFaces:
    """The faces of a footage as an alignments file tells them; rejected ones are left out.

    Args:
        path: JSON, see ``docs/alignments.md``.
        sha256: Of the footage.

    Raises:
        FacesetError: The file is damaged, or of other footage.
        ConsentError: Its consent record is incomplete or has expired.
    """
    content = read_alignments(Path(path))
    here = [face for face in content.faces if face["media"] == sha256]
    if not here:
        raise FacesetError(
            f"alignments={os.fspath(path)} holds no face of this footage, which is known by its content; "
            "give the footage that the file was made from, or leave alignments out"
        )
    faces: dict[int, list[KnownFace]] = {}
    vectors: list[FloatArray] = []
    for given in sorted(here, key=lambda face: (face["frame_index"], face["face_index"])):
        if given.get("rejected"):
            continue
        faces.setdefault(given["frame_index"], []).append(KnownFace(_face(given), given.get("track")))
        if given.get("embedding") is not None and str(given.get("embedder")).startswith(EMBEDDER):
            vectors.append(given["embedding"])
    return FootageFaces(content.identity, faces, is_complete=True, vectors=vectors)


def _face(given: Mapping[str, Any]) -> Face:
    landmarks_682, box_4 = given["landmarks"], given.get("box")
    if box_4 is None:
        box_4 = np.concatenate([landmarks_682.min(0), landmarks_682.max(0)])
    confidence = given.get("confidence")
    return Face(box_4, landmarks_682, 1.0 if confidence is None else confidence)
