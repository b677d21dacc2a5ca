"""Who takes part in a conversion, as what, and on which ground."""

from __future__ import annotations

from typing import Any

from faceswap_lab.core.checkpoint import Card
from faceswap_lab.core.consent import require_consent
from faceswap_lab.swap.footage_faces import FootageFaces


def involved_identities(card: Card, identity: str, known: FootageFaces | None) -> dict[str, dict[str, Any]]:
    """Role, consent and licence by name: of the identity that is put in, and of the footage's person where known.

    Args:
        card: The checkpoint's card.
        identity: Who is put in.
        known: The face set of the footage's person, or None.

    Raises:
        ConsentError: One of these records is missing, incomplete or has expired; the message says whose.
    """
    put_in = card["identities"][identity]
    involved = {
        identity: {
            "role": "swapped in",
            "consent": require_consent(put_in["consent"], identity).to_dict(),
            "licence": put_in["licence"],
        }
    }
    if known is not None:
        person = known.identity
        involved[person.name] = {
            "role": "footage" if person.name != identity else "swapped in and footage",
            "consent": require_consent(person.consent.to_dict(), person.name).to_dict(),
            "licence": person.licence,
        }
    return involved
