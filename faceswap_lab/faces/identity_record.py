"""Whose face a face set holds, on which ground, and from which footage: ``identity.yaml``."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from faceswap_lab.core.consent import MISSING, Consent, check_consent
from faceswap_lab.core.errors import ConfigError, ConsentError, FacesetError, FaceswapLabError
from faceswap_lab.core.files import atomic_write_text
from faceswap_lab.faces.crop import CropSpec

IDENTITY_FILE = "identity.yaml"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class MediaRecord:
    """One footage that faces were taken from.

    Attributes:
        sha256: Of the file, or for a folder of its images' names and contents; 64 hexadecimal digits.
        name: File or folder name, for people; the hash is what identifies it.
        width: Upright frame width in pixels.
        height: Upright frame height in pixels.
        fps: Frames per second, or None where there is no one rate.
    """

    sha256: str
    name: str
    width: int
    height: int
    fps: float | None = None


@dataclass(frozen=True, slots=True)
class IdentityRecord:
    """Whose face it is and why it may be used.

    Attributes:
        name: The key of the identity's decoder.
        consent: The checked consent record.
        licence: Licence of the footage, a field of its own: a licence to copy pictures is no consent to swap a face.
        media: Footage the faces came from, in the order it was added.
    """

    name: str
    consent: Consent
    licence: str | None = None
    media: tuple[MediaRecord, ...] = field(default=())

    def __post_init__(self) -> None:
        if not self.name or not all(letter.isalnum() or letter in "_-" for letter in self.name):
            raise ConfigError(f"identity.name={self.name!r}: give a name of letters, digits, _ and - (alice, bob_2)")

    def with_media(self, media: MediaRecord) -> "IdentityRecord":
        """The same record with one footage more, or unchanged if it is there already."""
        if any(known.sha256 == media.sha256 for known in self.media):
            return self
        return replace(self, media=(*self.media, media))

    def differs_from(self, other: "IdentityRecord") -> str | None:
        """The first field, apart from the media, in which two records differ; None if they agree."""
        for name in ("name", "consent", "licence"):
            if getattr(self, name) != getattr(other, name):
                return name
        return None


def write_identity(folder: Path, record: IdentityRecord, crop_spec: CropSpec) -> None:
    """Writes ``identity.yaml`` whole or not at all.

    Raises:
        OutputError: The folder is not writable.
    """
    content = {
        "schema": SCHEMA,
        "name": record.name,
        "consent": record.consent.to_dict(),
        "licence": record.licence,
        "crop": crop_spec.to_dict(),
        "media": [asdict(media) for media in record.media],
    }
    atomic_write_text(folder / IDENTITY_FILE, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def read_identity(folder: Path) -> tuple[IdentityRecord, CropSpec]:
    """Reads ``identity.yaml``.

    Raises:
        FacesetError: The file is missing, is not ours, or misses a field.
    """
    path = folder / IDENTITY_FILE
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FacesetError(
            f"{folder} is not a face set (no {IDENTITY_FILE}); make one with `faceswap-lab extract … faceset={folder}`"
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        first_line = str(error).split("\n", 1)[0]
        raise FacesetError(f"{path} cannot be read ({first_line}); restore it or extract the face set again") from error
    if not isinstance(content, Mapping) or content.get("schema") != SCHEMA:
        found = content.get("schema") if isinstance(content, Mapping) else None
        raise FacesetError(f"{path} has schema {found!r}, expected {SCHEMA}; extract the face set again")
    try:
        return _record(content), CropSpec(**content["crop"])
    except (KeyError, TypeError, AttributeError, FaceswapLabError) as error:
        raise FacesetError(f"{path} is damaged ({error}); restore it or extract the face set again") from error


def set_consent(
    folder: str | os.PathLike[str],
    *,
    basis: str | None,
    reference: str | None = None,
    scope: str | None = None,
    expiry: str | None = None,
    name: str | None = None,
    licence: str | None = None,
) -> IdentityRecord:
    """Writes into a face set on which ground its face may be used, where that is not known yet.

    All arguments are the plain texts of ``identity.*`` on the command line, so that a command needs this call only.

    Args:
        folder: The face set, such as one of those that ``extract … people=cluster`` makes.
        basis: As for ``check_consent``, and so are ``reference``, ``scope`` and ``expiry``.
        reference: Where the evidence is kept.
        scope: What it covers.
        expiry: Last day it holds, ISO date.
        name: The person's name from now on; None keeps the one that is there.
        licence: Licence of the footage; None keeps the one that is there.

    Returns:
        The record as it is written now.

    Raises:
        ConsentError: The consent is incomplete or expired, or the face set has another one already.
        ConfigError: The name is none.
        FacesetError: There is no face set, or it is damaged.
        OutputError: The folder is not writable.
    """
    record, crop_spec = read_identity(Path(folder))
    consent = check_consent(basis, reference=reference, scope=scope, expiry=expiry)
    if record.consent.basis != MISSING and record.consent != consent:
        raise ConsentError(
            f"{folder} has a consent already (identity.consent.basis={record.consent.basis}); only a missing one is set"
        )
    record = replace(record, consent=consent, name=name or record.name, licence=licence or record.licence)
    write_identity(Path(folder), record, crop_spec)
    return record


def _record(content: Mapping[str, Any]) -> IdentityRecord:
    # The consent was checked when the set was made. It is not checked again here, or a record that has expired since
    # could no longer even be read, shown or revoked.
    return IdentityRecord(
        name=content["name"],
        consent=Consent(**content["consent"]),
        licence=content["licence"],
        media=tuple(MediaRecord(**media) for media in content["media"]),
    )
