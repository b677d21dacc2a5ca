"""The last step of an output before it takes its name: credential, hash, signed manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from faceswap_lab.core.model_card import card_sha256
from faceswap_lab.provenance.authority import Identification
from faceswap_lab.provenance.credential import is_picture, sidecar_path, sign_file, write_sidecar
from faceswap_lab.provenance.manifest import COMPOSITE, Ingredient, Making, manifest_of, write_manifest
from faceswap_lab.provenance.seal import sealed
from faceswap_lab.provenance.xmp import SUFFIXES, state_source_type


def sign_output(
    stage: Path,
    named: Path,
    *,
    footage: Path,
    making: Making,
    identification: Identification | None,
    hashed: Callable[[Path], str],
) -> str:
    """Signs a finished output, writes its manifest beside the name that it will have, and returns its hash.

    Args:
        stage: The finished file or folder; the credential of a picture or video is written into it.
        named: What it will be called.
        footage: What was edited.
        making: How it came about.
        identification: Who signs; None leaves credential and signature out.
        hashed: Gives the hash of a file or folder.

    Raises:
        OutputError: The disk is full, or the folder is not writable.
    """
    sidecar_path(named).unlink(missing_ok=True)  # of what had this name before
    if making.num_swapped:
        _tag(stage)
    if identification is not None and is_picture(stage):
        beside = sign_file(
            stage,
            identification,
            title=named.name,
            footage=footage,
            swap=_short(making),
            swapped=making.num_swapped > 0,
        )
        if beside is not None:
            write_sidecar(stage, named, beside)
    sha256 = hashed(stage)
    manifest = manifest_of(Ingredient(named.name, sha256), making)
    write_manifest(stage, named, manifest if identification is None else sealed(manifest, identification))
    return sha256


def _tag(stage: Path) -> None:
    """Says in the metadata of pictures what they are; videos were told when their container was opened."""
    for path in sorted(stage.iterdir()) if stage.is_dir() else (stage,):
        if path.suffix.lower() in SUFFIXES:
            state_source_type(path, COMPOSITE)


def _short(making: Making) -> dict[str, Any]:
    """What the credential says in our own words; the manifest says the rest."""
    watermark = making.marks.get("watermark")
    return {
        "footage_sha256": making.footage.sha256,
        "checkpoint_sha256": None if making.checkpoint is None else making.checkpoint.sha256,
        "model_card_sha256": card_sha256(making.card),
        "watermark": watermark.get("id") if isinstance(watermark, Mapping) else None,
        "identities": {
            name: {"role": person.get("role"), **_consent(person)} for name, person in making.identities.items()
        },
    }


def _consent(person: Mapping[str, Any]) -> dict[str, Any]:
    consent = person.get("consent") or {}
    return {f"consent_{name}": consent.get(name) for name in ("id", "basis", "reference", "scope")}
