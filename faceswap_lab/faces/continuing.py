"""Going on with a face set that is there: only where it is of the same identity, consent and crop."""

import logging
from pathlib import Path

from faceswap_lab.core.consent import MISSING, revoked_message
from faceswap_lab.core.errors import ConsentError, FacesetError
from faceswap_lab.faces.consent_changes import set_consent
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IDENTITY_FILE, IdentityRecord

logger = logging.getLogger(__name__)


def open_if_there(path: Path, record: IdentityRecord, spec: CropSpec) -> Faceset | None:
    """The face set to go on with, or None where a new one can be made; a missing consent is set by ``record``'s.

    Raises:
        FacesetError: The folder holds a damaged set, or one of another identity, consent or crop.
        ConsentError: The consent of the set that is there was revoked.
    """
    if not (path / IDENTITY_FILE).exists():
        return None
    faceset = Faceset.open(path, may_be_empty=True)
    if faceset.identity.consent.revoked is not None:
        raise ConsentError(f"face set {path}: {revoked_message(faceset.identity.consent.revoked)}")
    if faceset.crop_spec != spec:
        raise FacesetError(
            f"{path} holds crops of {faceset.crop_spec}, asked for {spec}; use another folder or the same crop"
        )
    if faceset.identity.consent.basis == MISSING != record.consent.basis:
        set_consent(path, record.consent, name=record.name, licence=record.licence)
        faceset = Faceset.open(path, may_be_empty=True)
        logger.info("%s: the consent is set, identity.consent.basis=%s", path, record.consent.basis)
    elif (field := faceset.identity.differs_from(record)) is not None:
        theirs, ours = getattr(faceset.identity, field), getattr(record, field)
        raise FacesetError(
            f"{path} has another identity.{field} ({theirs}) than asked for ({ours}); use another folder"
        )
    return faceset
