"""Who takes part in a conversion, as what, and on which ground."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.consent import Consent
from faceswap_lab.core.errors import ConsentError
from faceswap_lab.swap.footage_faces import FootageFaces


def involved_identities(card: Card, identity: str, known: FootageFaces | None) -> dict[str, dict[str, Any]]:
    """Role, consent and licence by name: of the identity that is put in, and of the footage's person where known.

    Args:
        card: The checkpoint's card.
        identity: Who is put in.
        known: The face set of the footage's person, or None.

    Raises:
        ConsentError: One of these records is incomplete or has expired; the message says whose.
    """
    put_in = card["identities"][identity]
    involved = {
        identity: {
            "role": "swapped in",
            "consent": _holding(identity, put_in["consent"]),
            "licence": put_in["licence"],
        }
    }
    if known is not None:
        person = known.identity
        involved[person.name] = {
            "role": "footage" if person.name != identity else "swapped in and footage",
            "consent": _holding(person.name, person.consent.to_dict()),
            "licence": person.licence,
        }
    return involved


def _holding(name: str, consent: Mapping[str, Any]) -> dict[str, str | None]:
    try:
        return Consent.from_dict(consent).to_dict()
    except ConsentError as error:
        raise ConsentError(f"{name}: {error}") from error
