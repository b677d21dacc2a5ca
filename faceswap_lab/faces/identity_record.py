"""Whose face a face set holds, on which ground, and from which footage: ``identity.yaml``."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from faceswap_lab.core.consent import DEMONSTRATION, MISSING, RESEARCH, Consent, consent_id
from faceswap_lab.core.errors import ConfigError, FacesetError, FaceswapLabError
from faceswap_lab.core.files import atomic_write_text
from faceswap_lab.faces.crop import CropSpec

IDENTITY_FILE = "identity.yaml"
SCHEMA = 2
"""2 came with consents that are bound to their faces; sets of schema 1 are read, and written as 2 when they change."""


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
        if not self.name or not all(letter.isalnum() or letter in "_-" for letter in self.name):
            raise ConfigError(f"identity.name={self.name!r}: give a name of letters, digits, _ and - (alice, bob_2)")
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
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FacesetError(
            f"{folder} is not a face set (no {IDENTITY_FILE}); make one with `faceswap-lab extract … faceset={folder}`"
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        first_line = str(error).split("\n", 1)[0]
        raise FacesetError(f"{path} cannot be read ({first_line}); restore it or extract the face set again") from error
    if not isinstance(content, Mapping) or content.get("schema") not in (1, SCHEMA):
        found = content.get("schema") if isinstance(content, Mapping) else None
        raise FacesetError(f"{path} has schema {found!r}, expected {SCHEMA}; update this program or extract again")
    try:
        return _record(content), CropSpec(**content["crop"])
    except (KeyError, TypeError, AttributeError, FaceswapLabError) as error:
        raise FacesetError(f"{path} is damaged ({error}); restore it or extract the face set again") from error


def _record(content: Mapping[str, Any]) -> IdentityRecord:
    # The consent was checked when the set was made. It is not checked again here, or a record that has expired since
    # could no longer even be read, shown or revoked.
    is_bound = content["schema"] != 1
    return IdentityRecord(
        name=content["name"],
        consent=Consent(**content["consent"]),
        licence=content["licence"],
        media=tuple(MediaRecord(**media) for media in content["media"]),
        former=tuple(Consent(**one) for one in content.get("former_consents") or ()),
        is_bound=is_bound,
    )
