"""Writing into a face set what a person says later: a consent where none was known, a new one, or its end."""

import os
from dataclasses import replace
from pathlib import Path

from faceswap_lab.core.consent import MISSING, Consent
from faceswap_lab.core.errors import ConsentError
from faceswap_lab.core.revocations import Revocation, remember_revocation, today
from faceswap_lab.faces.consent_binding import bind, require_bound
from faceswap_lab.faces.datasheet import write_datasheet
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IdentityRecord


def set_consent(
    folder: str | os.PathLike[str], consent: Consent, *, name: str | None = None, licence: str | None = None
) -> IdentityRecord:
    """Writes into a face set on which ground its face may be used, where that is not known yet.

    Args:
        folder: The face set, such as one of those that ``extract … people=cluster`` makes.
        consent: As ``check_consent`` gives it.
        name: The person's name from now on; None keeps the one that is there.
        licence: Licence of the footage; None keeps the one that is there.

    Returns:
        The record as it is written now.

    Raises:
        ConsentError: The face set has another consent already.
        ConfigError: The name is none.
        FacesetError: There is no face set, or it is damaged.
        OutputError: The folder is not writable.
    """
    faceset = Faceset.open(Path(folder), may_be_empty=True)
    record = faceset.identity
    if record.consent.basis != MISSING and record.consent != consent:
        raise ConsentError(
            f"{folder} has a consent already (identity.consent.basis={record.consent.basis}); only a missing one is "
            f"set here: `faceswap-lab identity renew faceset={folder} …` puts a new one in its place"
        )
    return _write(
        faceset, replace(record, consent=consent, name=name or record.name, licence=licence or record.licence)
    )


def renew_consent(folder: str | os.PathLike[str], consent: Consent) -> IdentityRecord:
    """Puts a new consent in the place of a face set's; the one before is kept in the record's history.

    Args:
        folder: The face set.
        consent: As ``check_consent`` gives it.

    Returns:
        The record as it is written now.

    Raises:
        ConsentError: The new one is the one that was revoked, or the faces are others than the record's.
        FacesetError: There is no face set, or it is damaged.
        OutputError: The folder is not writable.
    """
    faceset = Faceset.open(Path(folder), may_be_empty=True)
    require_bound(faceset)
    record = faceset.identity
    if record.consent.revoked is not None and replace(record.consent, revoked=None) == consent:
        raise ConsentError(
            f"{folder}: these are the very terms that were revoked on {record.consent.revoked}; give the new "
            "agreement's identity.consent.reference"
        )
    former = record.former if record.consent.basis == MISSING else (*record.former, record.consent)
    return _write(faceset, replace(record, consent=consent, former=former))


def revoke_consent(folder: str | os.PathLike[str], *, reason: str | None = None) -> IdentityRecord:
    """Marks a face set's consent as taken back, there and in the user's list of revocations.

    Doing it twice changes nothing. Faces that are not those of the record do not stop it.

    Args:
        folder: The face set.
        reason: In words.

    Returns:
        The record as it is written now.

    Raises:
        ConsentError: There is no consent that could be taken back.
        FacesetError: There is no face set, or it is damaged.
        OutputError: The folder, or the user's data folder, is not writable.
    """
    faceset = Faceset.open(Path(folder), may_be_empty=True)
    record = faceset.identity
    if record.consent.basis == MISSING:
        raise ConsentError(f"{folder}: identity.consent.basis is 'missing': there is no consent that could be revoked")
    if record.consent.revoked is not None:
        return record
    day = today()
    assert record.consent.id is not None  # filled in by `IdentityRecord`
    remember_revocation(Revocation(record.consent.id, record.name, day, reason))
    record = replace(record, consent=replace(record.consent, revoked=day))
    faceset.write_record(record)
    write_datasheet(faceset)
    return record


def bind_consent(folder: str | os.PathLike[str]) -> IdentityRecord:
    """Binds a face set's consent to the faces that are in it now, once somebody has looked at them.

    Raises:
        FacesetError: There is no face set, or it is damaged.
        OutputError: The folder is not writable.
    """
    faceset = Faceset.open(Path(folder), may_be_empty=True)
    bind(faceset)
    return faceset.identity


def _write(faceset: Faceset, record: IdentityRecord) -> IdentityRecord:
    faceset.identity = record
    bind(faceset)
    return faceset.identity
