"""A consent is bound to the faces it was given for: to no others may it be moved, and no others slipped under it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from faceswap_lab.core.consent import RESEARCH, Consent, require_consent
from faceswap_lab.core.errors import ConsentError
from faceswap_lab.faces.datasheet import write_datasheet
from faceswap_lab.faces.identity_record import IdentityRecord, write_identity

if TYPE_CHECKING:
    from faceswap_lab.faces.faceset import Faceset


def faces_sha256(faceset: Faceset) -> str:
    """SHA-256 over the faces of a set, rejected ones included: whose pictures they are, not what is thought of them."""
    digest = hashlib.sha256()
    for key in faceset.database.identifying_keys():
        digest.update(" ".join(str(part) for part in key).encode() + b"\n")
    return digest.hexdigest()


def bound(faceset: Faceset) -> IdentityRecord:
    """The set's record, bound to the faces that are in it now."""
    consent = replace(faceset.identity.consent, faces_sha256=faces_sha256(faceset))
    return replace(faceset.identity, consent=consent, is_bound=True)


def bind(faceset: Faceset) -> None:
    """Binds the set's consent to the faces that are in it now, and writes that down, in the datasheet as well.

    Raises:
        OutputError: The folder is not writable.
    """
    faceset.identity = bound(faceset)
    write_identity(faceset.path, faceset.identity, faceset.crop_spec)
    write_datasheet(faceset)


def require_faceset_consent(faceset: Faceset, *, purpose: str = RESEARCH) -> Consent:
    """The consent of a face set, if its faces may be used for a purpose today.

    Args:
        faceset: An open set.
        purpose: One of ``core.consent.PURPOSES``.

    Raises:
        ConsentError: As ``require_consent``, or the record is of other faces than those that are there.
    """
    record = faceset.identity
    consent = require_consent(record.consent.to_dict(), f"face set {faceset.path}", purpose=purpose)
    require_bound(faceset)
    return consent


def require_bound(faceset: Faceset) -> None:
    """Refuses a set whose consent is of other faces; one of an older version is bound to none and passes.

    Raises:
        ConsentError: The faces are not those that the record was written for.
    """
    record = faceset.identity
    if not record.is_bound or record.consent.faces_sha256 == faces_sha256(faceset):
        return
    if faceset.database.has_open_scans():
        cure = "its extraction was cut off: run the same `faceswap-lab extract` again"
    else:
        cure = (
            "put back the identity.yaml that belongs here, or look at the faces and, if all of them are "
            f"{record.name}'s, say so by `faceswap-lab identity bind faceset={faceset.path}`"
        )
    raise ConsentError(
        f"face set {faceset.path}: identity.consent.faces_sha256 does not match the faces: the consent record was "
        f"written for others than are there now; {cure}"
    )
