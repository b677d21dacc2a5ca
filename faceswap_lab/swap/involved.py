"""Who takes part in a conversion or an export, as what, and on which ground."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.consent import RESEARCH, Consent, require_consent
from faceswap_lab.faces.consent_binding import require_faceset_consent
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IdentityRecord


def involved_identities(
    card: Card,
    identities: Iterable[str],
    footage: Iterable[IdentityRecord],
    *,
    sets: Mapping[str, Faceset] | None = None,
    purpose: str = RESEARCH,
) -> dict[str, dict[str, Any]]:
    """Role, consent and licence by name: of those who are put in, and of the footage's people where known.

    Args:
        card: The checkpoint's card.
        identities: Who is put in.
        footage: People whom the footage shows.
        sets: The face sets that the card names, as far as they are there.
        purpose: What the output is for, one of ``core.consent.PURPOSES``.

    Raises:
        ConsentError: One of these records is missing, incomplete, has ended, is of other faces, or does not cover the
            purpose; the message says whose.
    """
    involved: dict[str, dict[str, Any]] = {}
    put = list(identities)
    for identity in put:
        involved[identity] = {
            "role": "swapped in",
            "consent": consent_now(card, identity, (sets or {}).get(identity), purpose=purpose).to_dict(),
            "licence": card["identities"][identity]["licence"],
        }
    for person in footage:
        consent = require_consent(person.consent.to_dict(), person.name, purpose=purpose)
        involved[person.name] = {
            "role": "swapped in and footage" if person.name in put else "footage",
            "consent": consent.to_dict(),
            "licence": person.licence,
        }
    return involved


def consent_now(card: Card, name: str, faceset: Faceset | None, *, purpose: str = RESEARCH) -> Consent:
    """The consent of a checkpoint's identity as it is now: what its face set says today, else what the card says.

    A person may have renewed it, or taken it back, since the training.

    Args:
        card: The checkpoint's card.
        name: The identity.
        faceset: The face set that the card names, if it is there.
        purpose: One of ``core.consent.PURPOSES``.

    Raises:
        ConsentError: As ``involved_identities``.
    """
    record = card["identities"][name]["consent"]
    if faceset is not None and _is_same_person(card, name, faceset):
        return require_faceset_consent(faceset, purpose=purpose)
    return require_consent(record, name, purpose=purpose)


def _is_same_person(card: Card, name: str, faceset: Faceset) -> bool:
    """Whether a folder still holds the person whom the card means, and not somebody who came later."""
    identity, trained = faceset.identity, card["identities"][name]
    ids = {consent.id for consent in (identity.consent, *identity.former)}
    return (
        identity.name == name
        or trained["consent"].get("id") in ids - {None}
        or trained["faceset_hash"] == faceset.content_hash()
    )
