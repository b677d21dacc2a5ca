"""Whether a file is ours, from everything that says so: credential, manifest, watermark and metadata."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from faceswap_lab.core.consent import RESEARCH, require_consent
from faceswap_lab.core.errors import ConsentError, FootageError
from faceswap_lab.core.files import sha256_of
from faceswap_lab.core.foreign_files import read_json
from faceswap_lab.media.footage import Footage, open_footage
from faceswap_lab.provenance.credential import Checked, check_file
from faceswap_lab.provenance.index import look_up
from faceswap_lab.provenance.keyring import fingerprint, watermark_keys
from faceswap_lab.provenance.manifest import COMPOSITE, MANIFEST_SUFFIX, manifest_path
from faceswap_lab.provenance.seal import Seal, check_seal
from faceswap_lab.provenance.watermark import Detection, detect
from faceswap_lab.provenance.xmp import stated_source_type

_FRAMES = 24  # frames that vote on the watermark, spread over the file
_MOST_MANIFESTS = 100_000

Verdict = Literal["intact", "altered", "not ours"]


@dataclass(slots=True)
class Verification:
    """What a file says of itself.

    Attributes:
        file: As it was given.
        verdict: ``intact``: ours, bit for bit; ``altered``: ours, but not as it was written; ``not ours``: nothing says
            that it is.
        credential: What its content credential says.
        manifest: The manifest found beside it or by its watermark; None where there is none.
        manifest_matches: Whether that manifest is of these very bytes.
        seal: What the manifest's signature says; None where it has none.
        watermark: What was found in the pictures; None where they were not looked at, for want of a key.
        watermark_id: Eight hexadecimal digits.
        tagged: Whether the container's metadata, or a picture's XMP, says that it is a composite with generated parts.
        consent: Of each person in the manifest: ``holds`` as of today, or why not.
    """

    file: Path
    verdict: Verdict
    credential: Checked
    manifest: Path | None
    manifest_matches: bool
    seal: Seal | None
    watermark: Detection | None
    watermark_id: str | None
    tagged: bool
    consent: dict[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 ours and intact, 1 not ours or altered."""
        return 0 if self.verdict == "intact" else 1

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        found = self.watermark
        return {
            "file": str(self.file),
            "verdict": self.verdict,
            "credential": asdict(self.credential) | {"problems": list(self.credential.problems)},
            "manifest": None if self.manifest is None else str(self.manifest),
            "manifest_matches": self.manifest_matches,
            "manifest_signature": None if self.seal is None else asdict(self.seal),
            "watermark": None
            if found is None
            else {"found": found.found, "id": self.watermark_id, "confidence": found.confidence},
            "metadata_says_generated": self.tagged,
            "consent_now": self.consent,
        }


def verify(
    path: str | os.PathLike[str], *, manifests: str | os.PathLike[str] | None = None, anchors: bytes | None = None
) -> Verification:
    """Looks for everything that tells whether a file came from this program, and whether it was changed since.

    Args:
        path: Video or image.
        manifests: Folder to search for the manifest of a watermark's id, besides the user's index.
        anchors: PEM certificates of authorities to trust besides the local one.

    Raises:
        FootageError: The file is missing, or no video or image; or there is no such folder of manifests.
    """
    path = Path(path)
    if path.is_dir():
        raise FootageError(f"{path}: a folder; give one of its files")
    if path.name.endswith(MANIFEST_SUFFIX):
        raise FootageError(
            f"{path}: a manifest; give the file it belongs to, {path.name.removesuffix(MANIFEST_SUFFIX)}"
        )
    if manifests is not None and not Path(manifests).is_dir():
        raise FootageError(f"manifests={manifests}: no such folder; give one that holds outputs, or leave it out")
    footage = open_footage(path)
    credential = check_file(path, anchors=anchors)
    found, key = _watermark(footage)
    watermark_id = None if found is None or found.payload is None else f"{found.payload:08x}"
    at, manifest = _manifest(path, watermark_id, key, None if manifests is None else Path(manifests))
    matches = at is not None and _stated_sha256(manifest) == sha256_of(path)
    seal = None if at is None else check_seal(manifest, anchors=anchors)
    by_manifest = matches and (seal is None or seal.intact)
    by_credential = credential.ours and credential.state in ("trusted", "valid")
    ours = by_manifest or credential.ours or watermark_id is not None or _names(manifest, path)
    intact = (by_manifest or by_credential) and credential.state != "tampered" and (seal is None or seal.intact)
    return Verification(
        file=path,
        verdict="intact" if intact else "altered" if ours else "not ours",
        credential=credential,
        manifest=at,
        manifest_matches=matches,
        seal=seal,
        watermark=found,
        watermark_id=watermark_id,
        tagged=COMPOSITE in footage.info.metadata.values() or stated_source_type(path) == COMPOSITE,
        consent=consents_now(manifest.get("identities"), purpose=_purpose(manifest)),
    )


def _watermark(footage: Footage) -> tuple[Detection | None, str]:
    """What is found with the user's keys, and the fingerprint of the key that found it."""
    keys = watermark_keys()
    if not keys:
        return None, ""
    every = max((footage.info.num_frames or _FRAMES) // _FRAMES, 1)
    found = detect((frame.image for frame in islice(footage.frames(every=every), _FRAMES)), keys)
    return found, "" if found.key_index is None else fingerprint(keys[found.key_index])


def _manifest(
    path: Path, watermark_id: str | None, key: str, folder: Path | None
) -> tuple[Path | None, Mapping[str, Any]]:
    """The manifest beside a file, else that of its watermark: by the user's index, then in a folder."""
    places = [manifest_path(path)]
    if watermark_id is not None:
        places += [Path(entry.manifest) for entry in look_up(watermark_id, key)]
    for place in places:
        manifest = _read(place)
        if manifest is not None:
            return place, manifest
    if watermark_id is not None and folder is not None:
        for place in islice(sorted(folder.rglob("*.manifest.json")), _MOST_MANIFESTS):
            manifest = _read(place)
            if manifest is not None and _stated_id(manifest) == (watermark_id, key):
                return place, manifest
    return None, {}


def _read(path: Path) -> Mapping[str, Any] | None:
    """A manifest, or None where there is none that can be read."""
    try:
        manifest = read_json(path)
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None


def _stated_sha256(manifest: Mapping[str, Any]) -> str | None:
    output = manifest.get("output")
    return output.get("sha256") if isinstance(output, Mapping) else None


def _stated_id(manifest: Mapping[str, Any]) -> tuple[Any, Any] | None:
    marks = manifest.get("marks")
    watermark = marks.get("watermark") if isinstance(marks, Mapping) else None
    return (watermark.get("id"), watermark.get("key")) if isinstance(watermark, Mapping) else None


def _names(manifest: Mapping[str, Any], path: Path) -> bool:
    """Whether a manifest calls the file its output, though its bytes are others."""
    output = manifest.get("output")
    return isinstance(output, Mapping) and output.get("name") == path.name


def _purpose(manifest: Mapping[str, Any]) -> Any:
    config = manifest.get("config")
    return config.get("purpose") if isinstance(config, Mapping) else None


def consents_now(people: Any, *, purpose: Any) -> dict[str, str]:
    """Of each person in a manifest or card whether the consent holds today: ``holds``, or why not.

    Args:
        people: Name to a table that holds ``consent``; foreign values are answered, not raised.
        purpose: What the file was made for; None counts as research.
    """
    states: dict[str, str] = {}
    purpose = RESEARCH if purpose is None else str(purpose)
    for name, person in people.items() if isinstance(people, Mapping) else ():
        try:
            require_consent(person["consent"], name, purpose=purpose)
            states[str(name)] = "holds"
        except ConsentError as error:
            states[str(name)] = str(error)
        except (KeyError, TypeError, AttributeError):
            states[str(name)] = f"{name}: the manifest holds no consent record"
    return states
