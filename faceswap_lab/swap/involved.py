"""Who takes part in a conversion, as what, and on which ground."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.consent import require_consent
from faceswap_lab.faces.identity_record import IdentityRecord


def involved_identities(
    card: Card, identities: Iterable[str], footage: Iterable[IdentityRecord]
) -> dict[str, dict[str, Any]]:
    """Role, consent and licence by name: of those who are put in, and of the footage's people where known.

    Args:
        card: The checkpoint's card.
        identities: Who is put in.
        footage: People whom the footage shows.

    Raises:
        ConsentError: One of these records is missing, incomplete or has expired; the message says whose.
    """
    involved: dict[str, dict[str, Any]] = {}
    put = list(identities)
    for identity in put:
        put_in = card["identities"][identity]
        involved[identity] = {
            "role": "swapped in",
            "consent": require_consent(put_in["consent"], identity).to_dict(),
            "licence": put_in["licence"],
        }
    for person in footage:
        involved[person.name] = {
            "role": "swapped in and footage" if person.name in put else "footage",
            "consent": require_consent(person.consent.to_dict(), person.name).to_dict(),
            "licence": person.licence,
        }
    return involved
