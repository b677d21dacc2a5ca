"""One hash over all that a face set tells a conversion: if any of it was edited in between, other pixels would come."""

from __future__ import annotations

import hashlib

from faceswap_lab.core.files import sha256_of
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow, to_blob


def known_hash(faceset: Faceset, sha256: str) -> str:
    """SHA-256 over what a conversion of one footage reads of a face set.

    That is more than ``Faceset.content_hash``, which is what training sees: of the footage's own faces also box, track
    and the mask's file; of all faces the vector by which the person is known; and the person's name, by which faces are
    routed.

    Args:
        faceset: The set.
        sha256: Of the footage.

    Raises:
        FacesetError: The set is damaged.
    """
    digest = hashlib.sha256(f"{faceset.content_hash()} {faceset.identity.name}".encode())
    for row in faceset.rows():
        digest.update(f"{row.embedder}".encode())
        if row.embedding is not None:
            digest.update(to_blob(row.embedding))
    for row in faceset.rows_for_media(sha256):
        digest.update(f"{row.frame_index} {row.face_index} {row.track} {row.confidence!r}".encode())
        digest.update(to_blob(row.box) + _mask_hash(faceset, row))
    return digest.hexdigest()


def _mask_hash(faceset: Faceset, row: FaceRow) -> bytes:
    """Of the file as it lies there, since people paint in it; a missing one is what it is until somebody reads it."""
    try:
        return bytes.fromhex(sha256_of(faceset.mask_path(row)))
    except OSError:
        return b"missing"
