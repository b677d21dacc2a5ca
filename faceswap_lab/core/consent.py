"""The consent record: on which ground a person's face may be used, carried from extraction into every output."""

import datetime
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from faceswap_lab.core.errors import ConsentError
from faceswap_lab.core.files import sha256_of
from faceswap_lab.core.revocations import revoked_on

BASES = ("self", "written", "licensed-dataset", "synthetic", "public-material")
MISSING = "missing"
"""The basis of a face set whose person nobody has asked yet: it may be looked at, and used for nothing."""
RESEARCH = "research"
PURPOSES = (RESEARCH, "publication", "derivative-training")
"""What a face may be used for. A record without scope covers research: trying, measuring, showing to nobody else."""
DEMONSTRATION = "demonstration"
"""Scope of public material: what research is, and never more."""
_NEEDS_REFERENCE = ("written", "licensed-dataset")
_TERMS = ("subject", "basis", "reference", "scope", "territory", "expiry", "evidence_sha256")
_FIELDS = (*_TERMS, "id", "faces_sha256", "revoked")


@dataclass(frozen=True, slots=True)
class Consent:
    """On which ground one person's face may be used.

    Args:
        basis: One of ``BASES``, or ``missing`` before it is known. ``public-material`` (an official portrait, say)
            implies no consent.
        reference: Where the evidence is kept: contract number, data set and its licence.
        scope: One or more of ``PURPOSES``, separated by commas; ``demonstration`` for public material.
        expiry: Last day it holds, ISO date such as 2027-12-31; none means that it does not end.
        subject: Who agreed, where that is another than the face, such as a parent.
        territory: Where it holds, in words; nothing here can check it.
        evidence_sha256: Hash of a file that proves it, 64 hexadecimal digits; the file itself is never copied.
        revoked: Day on which the person took it back, ISO date.
        id: Hash of the person's name and the terms, 16 digits; tells one consent from another in cards and manifests.
        faces_sha256: Hash of the faces that it is bound to, see ``faces.consent_binding``.
    """

    basis: str
    reference: str | None = None
    scope: str | None = None
    expiry: str | None = None
    subject: str | None = None
    territory: str | None = None
    evidence_sha256: str | None = None
    revoked: str | None = None
    id: str | None = field(default=None, compare=False)
    faces_sha256: str | None = field(default=None, compare=False)

    def to_dict(self) -> dict[str, str | None]:
        """Returns the record as plain values, for YAML, cards and manifests; what is rarely said only where it is."""
        always = ("basis", "reference", "scope", "expiry")
        return {name: value for name, value in asdict(self).items() if name in always or value is not None}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Consent":
        """Returns the checked record of a mapping; fields that it lacks are empty.

        Raises:
            ConsentError: An unknown field or one that is no text, the consent was revoked, or as ``check_consent``.
        """
        for name, value in record.items():
            if name not in _FIELDS:
                raise ConsentError(f"identity.consent.{name}: unknown; a consent record has {', '.join(_FIELDS)}")
            if value is not None and not isinstance(value, str):
                raise ConsentError(f"identity.consent.{name} is {value!r}; it has to be text")
        if record.get("revoked") is not None:
            raise ConsentError(revoked_message(str(record["revoked"])))
        terms = check_consent(**{name: record.get(name) for name in _TERMS})
        return replace(terms, id=record.get("id"), faces_sha256=record.get("faces_sha256"))


def check_consent(
    basis: str | None,
    *,
    reference: str | None = None,
    scope: str | None = None,
    expiry: str | None = None,
    subject: str | None = None,
    territory: str | None = None,
    evidence_sha256: str | None = None,
    today: datetime.date | None = None,
) -> Consent:
    """Returns the record if it is complete and still holds.

    Args:
        basis: One of ``BASES``.
        reference: Needed for ``written`` and ``licensed-dataset``.
        scope: What it covers, ``research`` where left out; public material allows only ``demonstration``.
        expiry: Last day it holds, ISO date.
        subject: Who agreed.
        territory: Where it holds.
        evidence_sha256: Of a file that proves it.
        today: The day to compare with; by default the present one.

    Raises:
        ConsentError: The basis is not given, ``missing`` or unknown, the reference is missing, the scope is unknown or
            too wide for public material, the hash is none, or the consent has expired.
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
    if evidence_sha256 is not None and not re.fullmatch("[0-9a-f]{64}", evidence_sha256):
        raise ConsentError(f"identity.consent.evidence_sha256 is {evidence_sha256!r}, no SHA-256; give evidence=FILE")
    if expiry is not None:
        _check_expiry(expiry, today or datetime.date.today())
    covered = ", ".join(scopes(scope))
    return Consent(basis, reference, covered, expiry, subject, territory, evidence_sha256)


def stated_consent(given: Mapping[str, Any]) -> Consent:
    """The checked record of what was typed: the fields of ``check_consent``, and the file ``evidence``.

    Raises:
        ConsentError: The evidence cannot be read, or as ``check_consent``.
    """
    terms = {name: value for name, value in given.items() if name in _TERMS}
    evidence = given.get("evidence")
    if evidence is not None:
        terms["evidence_sha256"] = sha256_of_evidence(evidence)
    return check_consent(terms.pop("basis", None), **terms)


def sha256_of_evidence(path: str | os.PathLike[str]) -> str:
    """Hash of the file that proves a consent. Raises ConsentError where it cannot be read."""
    try:
        if not Path(path).is_file():
            raise FileNotFoundError(2, "no such file")
        return sha256_of(path)
    except OSError as error:
        raise ConsentError(
            f"identity.consent.evidence={os.fspath(path)}: {error.strerror or error}; give a file that can be read"
        ) from error


def scopes(scope: str | None) -> tuple[str, ...]:
    """The single purposes of a scope, in the order of ``PURPOSES``.

    Raises:
        ConsentError: One of them is unknown.
    """
    if scope is None or not scope.strip():
        return (RESEARCH,)
    text = re.sub(r"derivative[\s_]+training", "derivative-training", scope.strip().lower())
    found = {word for word in re.split(r"[\s,;/+\[\]]+", text) if word}
    known = (*PURPOSES, DEMONSTRATION)
    if not found or found - set(known):
        raise ConsentError(
            f"identity.consent.scope is {scope!r}; give one or more of {', '.join(PURPOSES)}, separated by commas"
        )
    return tuple(one for one in known if one in found)


def check_purpose(purpose: str, key: str = "purpose") -> str:
    """Returns a purpose that is one of ``PURPOSES``. Raises ConsentError."""
    if purpose not in PURPOSES:
        raise ConsentError(f"{key}={purpose}: give one of {', '.join(PURPOSES)}")
    return purpose


def require_consent(
    record: Mapping[str, Any], whose: str, *, purpose: str = RESEARCH, name: str | None = None
) -> Consent:
    """Returns a stored record if the face may be used for a purpose today.

    Args:
        record: The fields as they are stored.
        whose: Name of the person or of the face set, for the message.
        purpose: One of ``PURPOSES``.
        name: The person's name, by which a record without id is looked up among the revoked ones; None: ``whose``.

    Raises:
        ConsentError: It is incomplete, expired, revoked, or does not cover the purpose; the message begins with
            ``whose``.
    """
    check_purpose(purpose)
    try:
        consent = Consent.from_dict(record)
        day = revoked_on(consent.id or consent_id(name or whose, consent))
        if day is not None:
            raise ConsentError(revoked_message(day))
        covered = scopes(consent.scope)
        if purpose not in covered and not (purpose == RESEARCH and DEMONSTRATION in covered):
            raise ConsentError(
                f"identity.consent.scope covers {', '.join(covered)}, not {purpose}; choose another purpose, or ask "
                f"the person and write the answer down by `faceswap-lab identity renew faceset=FOLDER "
                f"identity.consent.basis={consent.basis} identity.consent.scope={purpose} …`"
            )
    except ConsentError as error:
        raise ConsentError(f"{whose}: {error}") from error
    return consent


def consent_id(name: str, consent: Consent) -> str:
    """Hash of a person's name and the terms of the consent, 16 hexadecimal digits."""
    terms = {term: getattr(consent, term) for term in _TERMS}
    canonical = json.dumps({"name": name, **terms}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def revoked_message(day: str) -> str:
    """What a refusal says of a consent that was taken back."""
    return (
        f"the consent was revoked on {day}; leave this face out, or, if the person has agreed anew, say so by "
        "`faceswap-lab identity renew faceset=FOLDER identity.consent.basis=BASIS identity.consent.reference=…`"
    )


def _check_expiry(expiry: str, today: datetime.date) -> None:
    try:
        last_day = datetime.date.fromisoformat(expiry)
    except (TypeError, ValueError) as error:
        raise ConsentError(f"identity.consent.expiry is {expiry!r}; give a date such as 2027-12-31") from error
    if last_day < today:
        raise ConsentError(
            f"identity.consent.expiry: the consent ended on {expiry}; renew it before using this face, by "
            "`faceswap-lab identity renew faceset=FOLDER identity.consent.basis=BASIS identity.consent.expiry=DATE`"
        )
