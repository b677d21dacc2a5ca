"""The consent record: on which ground a person's face may be used, carried from extraction into every output."""

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from faceswap_lab.core.errors import ConsentError

BASES = ("self", "written", "licensed-dataset", "synthetic", "public-material")
MISSING = "missing"
"""The basis of a face set whose person nobody has asked yet: it may be looked at, and used for nothing."""
_NEEDS_REFERENCE = ("written", "licensed-dataset")
_FIELDS = ("basis", "reference", "scope", "expiry")
DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True)
class Consent:
    """On which ground one person's face may be used.

    Args:
        basis: One of ``BASES``, or ``missing`` before it is known. ``public-material`` (an official portrait, say)
            implies no consent.
        reference: Where the evidence is kept: contract number, data set and its licence.
        scope: What it covers, in words; ``demonstration`` for public material.
        expiry: Last day it holds, ISO date such as 2027-12-31; none means that it does not end.
    """

    basis: str
    reference: str | None = None
    scope: str | None = None
    expiry: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        """Returns the record as plain values, for YAML, the checkpoint's card and manifests."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Consent":
        """Returns the checked record of a mapping.

        Raises:
            ConsentError: An unknown field, or as ``check_consent``.
        """
        unknown = sorted(set(record) - set(_FIELDS))
        if unknown:
            raise ConsentError(f"identity.consent.{unknown[0]}: unknown; a consent record has {', '.join(_FIELDS)}")
        return check_consent(**{name: record.get(name) for name in _FIELDS})


def check_consent(
    basis: str | None,
    *,
    reference: str | None = None,
    scope: str | None = None,
    expiry: str | None = None,
    today: datetime.date | None = None,
) -> Consent:
    """Returns the record if it is complete and still holds.

    Args:
        basis: One of ``BASES``.
        reference: Needed for ``written`` and ``licensed-dataset``.
        scope: What it covers; public material allows only ``demonstration``, which is filled in.
        expiry: Last day it holds, ISO date.
        today: The day to compare with; by default the present one.

    Raises:
        ConsentError: The basis is not given, ``missing`` or unknown, the reference is missing, the scope is too wide
            for public material, or the consent has expired.
    """
    if basis == MISSING:
        raise ConsentError(
            "identity.consent.basis is 'missing': nobody has said yet on which ground this face may be used; give one "
            f"of {', '.join(BASES)} by `faceswap-lab faces consent faceset=FOLDER identity.name=NAME "
            "identity.consent.basis=BASIS`"
        )
    if basis is None or basis not in BASES:
        said = "is missing" if basis is None else f"is {basis!r}"
        raise ConsentError(f"identity.consent.basis {said}; give one of {', '.join(BASES)}")
    if basis in _NEEDS_REFERENCE and not (reference or "").strip():
        raise ConsentError(f"identity.consent.reference is missing; basis={basis} needs where the evidence is kept")
    if basis == "public-material":
        if scope not in (None, DEMONSTRATION):
            raise ConsentError(
                f"identity.consent.scope is {scope!r}; public material implies no consent, "
                f"so leave the scope out or set it to {DEMONSTRATION}"
            )
        scope = DEMONSTRATION
    if expiry is not None:
        _check_expiry(expiry, today or datetime.date.today())
    return Consent(basis, reference, scope, expiry)


def require_consent(record: Mapping[str, Any], whose: str) -> Consent:
    """Returns a stored record if the face may be used today.

    Args:
        record: The fields as they are stored.
        whose: Name of the person or of the face set, for the message.

    Raises:
        ConsentError: As ``Consent.from_dict``; the message begins with ``whose``.
    """
    try:
        return Consent.from_dict(record)
    except ConsentError as error:
        raise ConsentError(f"{whose}: {error}") from error


def _check_expiry(expiry: str, today: datetime.date) -> None:
    try:
        last_day = datetime.date.fromisoformat(expiry)
    except (TypeError, ValueError) as error:
        raise ConsentError(f"identity.consent.expiry is {expiry!r}; give a date such as 2027-12-31") from error
    if last_day < today:
        raise ConsentError(f"identity.consent.expiry: the consent ended on {expiry}; renew it before using this face")
