"""The manifest: a JSON file beside every output that says what it is made of, from whom, and by what."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faceswap_lab
from faceswap_lab.core.checkpoint import without_folders
from faceswap_lab.core.files import atomic_write_json, move
from faceswap_lab.core.versions import commit, versions

SCHEMA = 1
MANIFEST_SUFFIX = ".manifest.json"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC digital source type of footage with a generated face in it."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A file that took part, known by its hash; the name is for people and holds no folder.

    Attributes:
        name: File or folder name.
        sha256: Of the file, or of a folder's files by name and content.
    """

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Making:
    """How an output came about.

    Attributes:
        footage: The footage that was edited.
        checkpoint: The checkpoint that drew the faces; None for a network made in memory.
        identity: Whose face was put in.
        identities: Consent and licence of everybody involved, by name; ``role`` says as what.
        num_frames: Frames in the output.
        num_swapped: Frames with a swapped face.
        card: The checkpoint's card.
        config: The resolved choices of this conversion.
        warnings: What was wrong with the footage, a line each.
        marks: What marks the output carries, or why it carries none.
        recipe_sha256: Hash over all that its pictures depend on, by which a run tells what another one has done; None
            where that is not known.
    """

    footage: Ingredient
    checkpoint: Ingredient | None
    identity: str
    identities: Mapping[str, Mapping[str, Any]]
    num_frames: int
    num_swapped: int
    card: Mapping[str, Any]
    config: Mapping[str, Any]
    warnings: list[str] = field(default_factory=list)
    marks: Mapping[str, Any] = field(default_factory=dict)
    recipe_sha256: str | None = None


def manifest_path(output: str | os.PathLike[str]) -> Path:
    """``<output>.manifest.json``."""
    return Path(f"{os.fspath(output)}{MANIFEST_SUFFIX}")


def write_manifest(stage: str | os.PathLike[str], named: str | os.PathLike[str], manifest: Mapping[str, Any]) -> Path:
    """Writes the manifest of an output beside its name and returns its path.

    Args:
        stage: Where the output is now, on the same disk; beside it the manifest is written before it takes its place,
            so that whoever removes what a killed process left there removes that, too.
        named: What it will be called.
        manifest: As `manifest_of` gives it, signed or not.

    Raises:
        OutputError: The folder is not writable, or the disk is full.
    """
    path = manifest_path(named)
    atomic_write_json(manifest_path(stage), manifest)
    move(manifest_path(stage), path)
    return path


def manifest_of(output: Ingredient, making: Making) -> dict[str, Any]:
    """The manifest as plain values. Folders of this machine are left out of it: the manifest is to be passed on."""
    card = without_folders({key: value for key, value in making.card.items() if key != "identities"})
    card["identities"] = {
        name: {key: value for key, value in identity.items() if key != "faceset"}
        for name, identity in making.card["identities"].items()
    }
    return {
        "schema": SCHEMA,
        "generator": f"faceswap-lab {faceswap_lab.__version__}",
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "digitalSourceType": COMPOSITE if making.num_swapped else None,
        "output": _plain(output),
        "inputs": {
            "footage": _plain(making.footage),
            "checkpoint": None if making.checkpoint is None else _plain(making.checkpoint),
        },
        "swap": {
            "identity": making.identity,
            "frames": making.num_frames,
            "frames_swapped": making.num_swapped,
            "warnings": list(making.warnings),
        },
        "marks": dict(making.marks),
        "identities": {name: dict(identity) for name, identity in making.identities.items()},
        "model": card,
        "config": dict(making.config),
        "recipe_sha256": making.recipe_sha256,
        "versions": versions(),
        "commit": commit(),
    }


def container_tags(output: str | os.PathLike[str]) -> dict[str, str]:
    """Metadata that goes into the container of a video, so that it says what it is without its manifest."""
    return {
        "comment": f"AI-generated face swap, made with faceswap-lab; see {manifest_path(output).name}",
        "digital_source_type": COMPOSITE,
    }


def _plain(ingredient: Ingredient) -> dict[str, str]:
    return {"name": ingredient.name, "sha256": ingredient.sha256}
