"""Whose face a face set holds, on which ground, and from which footage: ``identity.yaml``."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from faceswap_lab.core.consent import DEMONSTRATION, MISSING, RESEARCH, Consent, consent_id
from faceswap_lab.core.errors import ConfigError, FacesetError, FaceswapLabError
from faceswap_lab.core.files import atomic_write_text
from faceswap_lab.core.foreign_files import read_yaml
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.faceset_safety import SHA256

IDENTITY_FILE = "identity.yaml"
SCHEMA = 2
"""2 came with consents that are bound to their faces; sets of schema 1 are read, and written as 2 when they change."""


MAX_NAME = 100
"""Letters of a person's name, of which names of files and folders are made."""


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
        former: Consents that this one took the place of, the latest last.
        is_bound: Whether the consent is bound to its faces; in sets of schema 1 it is not yet.
    """

    name: str
    consent: Consent
    licence: str | None = None
    media: tuple[MediaRecord, ...] = field(default=())
    former: tuple[Consent, ...] = field(default=(), compare=False)
    is_bound: bool = field(default=True, compare=False)

    def __post_init__(self) -> None:
        name = self.name if isinstance(self.name, str) else ""
        if not 0 < len(name) <= MAX_NAME or not all(letter.isalnum() or letter in "_-" for letter in name):
            raise ConfigError(
                f"identity.name={self.name!r:.140}: give a name of at most {MAX_NAME} letters, digits, _ and - "
                "(alice, bob_2)"
            )
        consent = self.consent
        if consent.scope is None and consent.basis != MISSING:  # as nothing said is meant
            consent = replace(consent, scope=DEMONSTRATION if consent.basis == "public-material" else RESEARCH)
        object.__setattr__(self, "consent", replace(consent, id=consent_id(self.name, consent)))

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
        "former_consents": [consent.to_dict() for consent in record.former],
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
        content = read_yaml(path)
    except FileNotFoundError as error:
        raise FacesetError(
            f"{folder} is not a face set (no {IDENTITY_FILE}); make one with `faceswap-lab extract … faceset={folder}`"
        ) from error
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise FacesetError(f"{path} cannot be read ({said}); restore it or extract the face set again") from error
    if not isinstance(content, Mapping) or content.get("schema") not in (1, SCHEMA):
        found = content.get("schema") if isinstance(content, Mapping) else None
        raise FacesetError(f"{path} has schema {found!r}, expected {SCHEMA}; update this program or extract again")
    try:
        return _record(content), CropSpec(**content["crop"])
    except (KeyError, TypeError, AttributeError, ValueError, FaceswapLabError) as error:
        raise FacesetError(f"{path} is damaged ({error}); restore it or extract the face set again") from error


def _record(content: Mapping[str, Any]) -> IdentityRecord:
    # The consent was checked when the set was made. It is not checked again here, or a record that has expired since
    # could no longer even be read, shown or revoked.
    is_bound = content["schema"] != 1
    return IdentityRecord(
        name=content["name"],
        consent=_stored_consent(content["consent"]),
        licence=_text_or_none("licence", content["licence"]),
        media=tuple(map(media_record, content["media"])),
        former=tuple(map(_stored_consent, content.get("former_consents") or ())),
        is_bound=is_bound,
    )


def media_record(values: Any) -> MediaRecord:
    """The record of a footage as it is stored, in YAML or JSON.

    Raises:
        ValueError: A field is none that a footage has; whoever wrote the file need not have kept our rules.
        TypeError: A field is missing, or unknown.
    """
    record = MediaRecord(**values)
    if not isinstance(record.sha256, str) or SHA256.fullmatch(record.sha256) is None:
        raise ValueError(f"media.sha256 is {record.sha256!r:.80}, no hash of 64 hexadecimal digits")
    if not isinstance(record.name, str):
        raise ValueError(f"media.name is {record.name!r:.80}, no text")
    for side in (record.width, record.height):
        if isinstance(side, bool) or not isinstance(side, int) or side < 0:
            raise ValueError(f"media.width or height is {side!r:.80}, no number of pixels")
    if record.fps is not None and not (isinstance(record.fps, int | float) and math.isfinite(record.fps)):
        raise ValueError(f"media.fps is {record.fps!r:.80}, no number")
    return record


def _stored_consent(values: Any) -> Consent:
    for name, value in values.items():
        _text_or_none(f"consent.{name}", value)
    return Consent(**values)


def _text_or_none(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name} is {value!r:.80}, no text")
    return value
