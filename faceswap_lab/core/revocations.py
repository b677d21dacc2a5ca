"""Consents that were taken back, in the user's data folder: so that copies and old checkpoints are refused as well."""

import datetime
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from faceswap_lab.core.errors import ConsentError
from faceswap_lab.core.files import append_line
from faceswap_lab.core.paths import data_dir


@dataclass(frozen=True, slots=True)
class Revocation:
    """One consent that was taken back.

    Attributes:
        id: Of the consent, see ``core.consent.consent_id``.
        name: The person's.
        day: ISO date.
        reason: In words, or None.
    """

    id: str
    name: str
    day: str
    reason: str | None = None


def revocations_file() -> Path:
    """``revocations.jsonl`` in the user's data folder, a line each; it may not exist yet."""
    return data_dir() / "revocations.jsonl"


def remember_revocation(revocation: Revocation) -> None:
    """Adds a revocation. Raises OutputError where that is not possible."""
    append_line(revocations_file(), json.dumps(asdict(revocation), ensure_ascii=False))


def revoked_on(consent_id: str) -> str | None:
    """The day on which a consent was taken back on this machine, or None.

    Raises:
        ConsentError: The file is there and cannot be read; then nobody knows, and the face is not used.
    """
    path = revocations_file()
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        entries = [json.loads(line) for line in lines if line.strip()]
        return next((str(entry["day"]) for entry in entries if entry["id"] == consent_id), None)
    except (OSError, ValueError, KeyError, TypeError) as error:
        said = getattr(error, "strerror", None) or "a line in it is damaged"
        raise ConsentError(
            f"{path}, which lists the consents that were taken back, cannot be read ({said}); mend or restore it"
        ) from error


def today() -> str:
    """The present day, ISO date."""
    return datetime.date.today().isoformat()
