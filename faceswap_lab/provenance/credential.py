"""The content credential: who made an output from what, signed and bound to its bytes, as C2PA says.

The one place that knows c2pa-python, whose interface still moves. Source: C2PA technical specification 2.
"""

from __future__ import annotations

import json
import mimetypes
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import c2pa

import faceswap_lab
from faceswap_lab.core.errors import ConfigError, OutputError
from faceswap_lab.core.files import atomic_path, atomic_write_bytes, move
from faceswap_lab.provenance.authority import (
    Identification,
    identification_from,
    local_anchor,
    local_identification,
)
from faceswap_lab.provenance.manifest import COMPOSITE

ASSERTION = "org.faceswap-lab.swap"
"""Label of the assertion that holds the short form of our own manifest."""

_TOOL = {"name": "faceswap-lab", "version": faceswap_lab.__version__}
_FOOTAGE = "footage"

State = Literal["trusted", "valid", "tampered", "absent"]


class Credential:
    """Signs outputs.

    Args:
        certificate: PEM file of the user's certificate chain; None signs with the local authority, see `authority`.
        private_key: PEM file of its key, P-256.

    Raises:
        ConfigError: Only one of them is given.
    """

    def __init__(self, *, certificate: str | None = None, private_key: str | None = None) -> None:
        if (certificate is None) != (private_key is None):
            missing = "certificate" if certificate is None else "private_key"
            raise ConfigError(f"provenance.credential.{missing} is missing: give both, or neither")
        self._files = None if certificate is None or private_key is None else (Path(certificate), Path(private_key))

    def identification(self) -> Identification:
        """The signer's certificate and key, made at first use where they are local.

        Raises:
            ConfigError: They cannot be used.
            OutputError: They cannot be written or read.
        """
        return local_identification() if self._files is None else identification_from(*self._files)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a credential says of a file.

    Attributes:
        state: ``trusted`` where the signer is trusted here, ``valid`` where only the bytes are right, ``tampered``
            where they are not, ``absent`` where there is none.
        ours: Whether this program made it.
        signer: Name in the signer's certificate.
        swap: Our assertion.
        problems: What the reader found wrong, a code each.
    """

    state: State
    ours: bool = False
    signer: str | None = None
    swap: Mapping[str, Any] | None = None
    problems: tuple[str, ...] = ()


def is_picture(path: Path) -> bool:
    """Whether something is a file that by its name holds pictures; only of such is there a credential."""
    return path.is_file() and _kind(path).startswith(("image/", "video/"))


def sidecar_path(output: Path) -> Path:
    """``<output>.c2pa``, for containers that cannot hold a credential."""
    return output.with_name(f"{output.name}.c2pa")


def sign_file(
    path: Path,
    identification: Identification,
    *,
    title: str,
    footage: Path,
    swap: Mapping[str, Any],
    swapped: bool = True,
) -> bytes | None:
    """Signs a file in place, or returns the credential to be kept beside it.

    Args:
        path: A finished file.
        identification: Who signs.
        title: Name that the file will have.
        footage: What was edited: its name goes into the credential, and its own credential if it has one.
        swap: Plain values for our assertion.
        swapped: Whether any face was replaced; else the file was only encoded anew.

    Returns:
        The credential's bytes where the container cannot hold it, else None.

    Raises:
        OutputError: It cannot be written.
    """
    kind = _kind(path)
    builder = c2pa.Builder(_definition(title, kind, footage, swap, swapped=swapped))
    if _can_hold(footage):
        with footage.open("rb") as stream:
            builder.add_ingredient_from_stream(_ingredient(footage, swap), _kind(footage), stream)
    signer = c2pa.Signer.from_info(
        c2pa.C2paSignerInfo(b"es256", identification.chain_pem, identification.key_pem, None)
    )
    try:
        with path.open("rb") as source:
            if not _can_hold(path):
                builder.set_no_embed()
                with tempfile.TemporaryFile(dir=path.parent) as unchanged:  # else all of it is held in memory
                    return builder.sign(signer, kind, source, unchanged)
            with atomic_path(path) as signed, signed.open("w+b") as stream:
                builder.sign(signer, kind, source, stream)
    except c2pa.C2paError as error:
        raise OutputError(f"{title}: the content credential cannot be made ({error})") from error
    return None


def write_sidecar(stage: Path, named: Path, credential: bytes) -> None:
    """Writes a credential beside the name of its output, as ``manifest.write_manifest`` does.

    Args:
        stage: Where the output is now.
        named: What it will be called.
        credential: As `sign_file` gives it.

    Raises:
        OutputError: It cannot be written.
    """
    atomic_write_bytes(sidecar_path(stage), credential)
    move(sidecar_path(stage), sidecar_path(named))


def check_file(path: Path, *, anchors: bytes | None = None) -> Checked:
    """Reads a file's credential, within it or beside it.

    Args:
        path: Any file; it need not be one that can carry a credential.
        anchors: PEM certificates of authorities that are trusted besides the local one.
    """
    trusted = b"\n".join(part for part in (local_anchor(), anchors) if part).decode("ascii", "replace")
    settings: dict[str, Any] = {"verify": {"verify_trust": True, "remote_manifest_fetch": False}}
    if trusted:
        settings["trust"] = {"trust_anchors": trusted}
    beside = sidecar_path(path)
    stored = beside.read_bytes() if beside.is_file() else None
    try:
        with path.open("rb") as stream:
            reader = c2pa.Reader(_kind(path), stream, stored, c2pa.Context.from_dict(settings))
            return _checked(json.loads(reader.json()))
    except c2pa.C2paError as error:
        return _without(str(error), has_sidecar=stored is not None)


def _without(message: str, *, has_sidecar: bool) -> Checked:
    """What a file is of which no credential could be read."""
    if not has_sidecar and ("ManifestNotFound" in message or "NotSupported" in message or "no JUMBF" in message):
        return Checked("absent")
    return Checked("tampered", problems=(message,))


def _checked(read: dict[str, Any]) -> Checked:
    manifest = read["manifests"][read["active_manifest"]]
    problems = tuple(dict.fromkeys(item["code"] for item in read.get("validation_status", ())))
    states: dict[str, State] = {"Trusted": "trusted", "Valid": "valid"}
    swaps = [item["data"] for item in manifest.get("assertions", ()) if item.get("label") == ASSERTION]
    signature = manifest.get("signature_info", {})
    return Checked(
        state=states.get(read.get("validation_state", ""), "tampered"),
        ours=any(item.get("name") == _TOOL["name"] for item in manifest.get("claim_generator_info", ())),
        signer=signature.get("common_name") or signature.get("issuer"),
        swap=swaps[0] if swaps else None,
        problems=problems,
    )


def _definition(title: str, kind: str, footage: Path, swap: Mapping[str, Any], *, swapped: bool) -> dict[str, Any]:
    edited = {
        "action": "c2pa.edited",
        "digitalSourceType": COMPOSITE,
        "softwareAgent": _TOOL,
        "parameters": {"description": "Faces were replaced by a trained network"},
    }
    done = edited if swapped else {"action": "c2pa.transcoded", "softwareAgent": _TOOL}
    actions = [{"action": "c2pa.opened", "parameters": {"ingredientIds": [_FOOTAGE]}}, done]
    return {
        "claim_generator_info": [_TOOL],
        "title": title,
        "format": kind,
        # Of a folder, or a container that holds no credential, there is no more than its name and its hash.
        "ingredients": [] if _can_hold(footage) else [_ingredient(footage, swap) | {"format": _kind(footage)}],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": actions}},
            {"label": ASSERTION, "data": dict(swap)},
        ],
    }


def _ingredient(footage: Path, swap: Mapping[str, Any]) -> dict[str, str]:
    known = {"title": footage.name, "relationship": "parentOf", "label": _FOOTAGE}
    sha256 = swap.get("footage_sha256")
    return known if sha256 is None else known | {"description": f"SHA-256 {sha256}"}


def _can_hold(path: Path) -> bool:
    """Whether a file's container can hold a credential."""
    return path.is_file() and _kind(path) in c2pa.Builder.get_supported_mime_types()


def _kind(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"
