"""Whether an exported model is ours: its sidecar holds its card and its hash, and a signature over both."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from faceswap_lab.core.errors import FootageError
from faceswap_lab.core.files import sha256_of
from faceswap_lab.core.foreign_files import read_json
from faceswap_lab.core.model_card import model_card_path
from faceswap_lab.provenance.seal import Seal, check_seal
from faceswap_lab.provenance.verify import Verdict, consents_now

MODEL_SUFFIXES = (".dfm", ".onnx", ".safetensors")


@dataclass(slots=True)
class ModelVerification:
    """What an exported model says of itself.

    Attributes:
        file: As it was given.
        verdict: As of pictures, see ``verify.Verification``; what lacks a sidecar is not ours, as far as can be told.
        sidecar: The JSON file beside it; None where there is none that can be read.
        sidecar_matches: Whether that is of these very bytes.
        seal: What the sidecar's signature says; None where it has none.
        model_card: Whether the page beside it, ``NAME.md``, is the one that was written with it; ``absent`` also where
            the sidecar knows of none.
        consent: Of each person in the card: ``holds`` as of today, or why not.
    """

    file: Path
    verdict: Verdict
    sidecar: Path | None
    sidecar_matches: bool
    seal: Seal | None
    model_card: Literal["intact", "altered", "absent"] = "absent"
    consent: dict[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 ours and intact, 1 not ours or altered."""
        return 0 if self.verdict == "intact" else 1

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "file": str(self.file),
            "verdict": self.verdict,
            "sidecar": None if self.sidecar is None else str(self.sidecar),
            "sidecar_matches": self.sidecar_matches,
            "sidecar_signature": None if self.seal is None else asdict(self.seal),
            "model_card": self.model_card,
            "consent_now": self.consent,
        }


def verify_model(path: str | os.PathLike[str], *, anchors: bytes | None = None) -> ModelVerification:
    """Looks whether an exported model is as ``export`` wrote and signed it.

    The file itself is hashed and not opened: what it says of itself counts for nothing without the signature.

    Args:
        path: A ``.dfm``, ``.onnx`` or ``.safetensors`` file.
        anchors: PEM certificates of authorities to trust besides the local one.

    Raises:
        FootageError: The file is missing or cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise FootageError(f"{path}: no such file; give a file that export wrote")
    beside = path.with_name(f"{path.name}.json")
    described = _read(beside)
    try:
        matches = bool(described) and described.get("sha256") == sha256_of(path)
    except OSError as error:
        raise FootageError(f"{path}: cannot be read ({error.strerror or error}); check the path") from error
    seal = check_seal(described, anchors=anchors)
    model_card = _model_card(path, described)
    intact = matches and seal is not None and seal.intact and model_card != "altered"
    ours = matches or described.get("file") == path.name or seal is not None
    return ModelVerification(
        file=path,
        verdict="intact" if intact else "altered" if ours else "not ours",
        sidecar=beside if described else None,
        sidecar_matches=matches,
        seal=seal,
        model_card=model_card,
        consent=consents_now(_people(described), purpose=described.get("purpose")),
    )


def _model_card(path: Path, described: Mapping[str, Any]) -> Literal["intact", "altered", "absent"]:
    page, stated = model_card_path(path), described.get("model_card_sha256")
    if stated is None or not page.is_file():
        return "absent"
    try:
        return "intact" if stated == sha256_of(page) else "altered"
    except OSError as error:
        raise FootageError(f"{page}: cannot be read ({error.strerror or error}); check its permissions") from error


def _people(described: Mapping[str, Any]) -> Any:
    card, export = described.get("card"), described.get("export")
    people = card.get("identities") if isinstance(card, Mapping) else None
    drawn = (export.get("identity"), export.get("footage_identity")) if isinstance(export, Mapping) else (None, None)
    if not isinstance(people, Mapping) or drawn[0] is None:
        return people  # the whole network draws everybody
    return {name: person for name, person in people.items() if name in drawn}


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = read_json(path)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
