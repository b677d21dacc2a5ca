"""Going on with a face set that is there: only where it is of the same identity, consent and crop."""

import logging
from pathlib import Path

from faceswap_lab.core.consent import MISSING
from faceswap_lab.core.errors import FacesetError
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IDENTITY_FILE, IdentityRecord, set_consent

logger = logging.getLogger(__name__)


def open_if_there(path: Path, record: IdentityRecord, spec: CropSpec) -> Faceset | None:
    """The face set to go on with, or None where a new one can be made; a missing consent is set by ``record``'s.

    Raises:
        FacesetError: The folder holds a damaged set, or one of another identity, consent or crop.
    """
    if not (path / IDENTITY_FILE).exists():
        return None
    faceset = Faceset.open(path, may_be_empty=True)
    if faceset.crop_spec != spec:
        raise FacesetError(
            f"{path} holds crops of {faceset.crop_spec}, asked for {spec}; use another folder or the same crop"
        )
    if faceset.identity.consent.basis == MISSING != record.consent.basis:
        set_consent(path, **record.consent.to_dict(), name=record.name, licence=record.licence)
        faceset = Faceset.open(path, may_be_empty=True)
        logger.info("%s: the consent is set, identity.consent.basis=%s", path, record.consent.basis)
    elif (field := faceset.identity.differs_from(record)) is not None:
        theirs, ours = getattr(faceset.identity, field), getattr(record, field)
        raise FacesetError(
            f"{path} has another identity.{field} ({theirs}) than asked for ({ours}); use another folder"
        )
    return faceset
