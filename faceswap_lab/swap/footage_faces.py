"""What is known about the faces of a footage before it is read: the rows of the face set extracted from it."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.errors import FacesetError
from faceswap_lab.faces.face import Face, FloatArray
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import Embedder
from faceswap_lab.faces.identity_record import IdentityRecord

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FootageFaces:
    """The face set of the person in the footage.

    Attributes:
        faceset: The set.
        faces: Its faces in this very footage, by frame index, largest first; empty where the set came from other
            footage of the person.
    """

    faceset: Faceset
    faces: dict[int, list[Face]] = field(default_factory=dict)

    @property
    def identity(self) -> IdentityRecord:
        """Whose face the footage shows."""
        return self.faceset.identity

    def mean_embedding(self, embedder: Embedder) -> FloatArray:
        """The person's mean face vector."""
        vectors = [row.embedding for row in self.faceset.rows() if row.embedder == embedder.name]
        stored = [vector for vector in vectors if vector is not None]
        if stored:
            return np.asarray(np.mean(stored, axis=0), np.float64)
        return self.faceset.mean_embedding(embedder)


def find_footage_faces(
    sha256: str, card: Card, *, faceset: str | os.PathLike[str] | None = None
) -> FootageFaces | None:
    """The face set of the person in a footage.

    Args:
        sha256: Of the footage.
        card: Card of the checkpoint; without ``faceset`` its face sets are searched for this footage.
        faceset: A face set known to show the footage's person.

    Returns:
        None where nothing is known.

    Raises:
        FacesetError: ``faceset`` is none, or empty.
    """
    if faceset is not None:
        return _look_up(Faceset.open(Path(faceset)), sha256)
    for identity in card["identities"].values():
        path = Path(identity["faceset"])
        if not path.is_dir():
            continue  # a checkpoint travels without its face sets
        try:
            known = _look_up(Faceset.open(path), sha256)
        except FacesetError as error:
            logger.warning("%s; its faces are not reused", error)
            continue
        if known.faces:
            return known
    return None


def _look_up(faceset: Faceset, sha256: str) -> FootageFaces:
    faces: dict[int, list[Face]] = {}
    for row in faceset.rows_for_media(sha256):
        faces.setdefault(row.frame_index, []).append(Face(row.box, row.landmarks_682, row.confidence))
    return FootageFaces(faceset, faces)
