"""What a consent touches: runs, checkpoints, exported models and outputs, by the cards and manifests in a folder."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from faceswap_lab.core.checkpoint import peek_card
from faceswap_lab.core.errors import CheckpointError
from faceswap_lab.core.foreign_files import read_json, read_yaml
from faceswap_lab.provenance.index import manifests_made
from faceswap_lab.provenance.manifest import MANIFEST_SUFFIX

logger = logging.getLogger(__name__)

_CHECKPOINTS = (".ckpt", ".safetensors")
_EXPORTED = (".dfm.json", ".onnx.json", ".safetensors.json")


@dataclass(frozen=True, slots=True)
class Sought:
    """Whose traces are looked for.

    Attributes:
        name: The person's.
        ids: Of the consents, the present one and former ones.
        faceset: Folder of the face set.
        faceset_hash: Its content, by which files without id are known.
    """

    name: str
    ids: frozenset[str]
    faceset: Path
    faceset_hash: str


@dataclass(frozen=True, slots=True)
class Touched:
    """One thing that holds the person's face.

    Attributes:
        kind: What it is.
        path: Where; for an output the file itself, though its manifest told of it.
        how: In what role, in words.
    """

    kind: Literal["run", "checkpoint", "model", "output"]
    path: Path
    how: str


def touched(under: Path, sought: Sought) -> Iterator[Touched]:
    """Finds what holds a person's face: below a folder, and in the user's index of outputs wherever they lie.

    Links to folders are not followed; files that cannot be read are passed over, checkpoints among them with a warning.

    Args:
        under: Folder to look through.
        sought: Whose traces.
    """
    seen: set[Path] = set()
    for folder, folders, names in os.walk(under):
        folders.sort()
        for name in sorted(names):
            for one in _in_file(Path(folder) / name, sought):
                seen.add(one.path.resolve())
                yield one
    for manifest in manifests_made():
        one = _output(manifest, sought)
        if one is not None and one.path.resolve() not in seen:
            seen.add(one.path.resolve())
            yield one


def _in_file(path: Path, sought: Sought) -> Iterator[Touched]:
    name = path.name.lower()
    found: Touched | None = None
    if name.endswith(MANIFEST_SUFFIX):
        found = _output(path, sought)
    elif name.endswith(_EXPORTED):
        card = _json(path).get("card")
        if how := _in_card(card, sought):
            found = Touched("model", path.with_name(path.name[: -len(".json")]), how)
    elif name.endswith(_CHECKPOINTS) and not path.is_symlink():
        found = _checkpoint(path, sought)
    elif name == "config.yaml" and path.parent.name != ".hydra":
        found = _run(path, sought)
    if found is not None:
        yield found


def _checkpoint(path: Path, sought: Sought) -> Touched | None:
    try:
        how = _in_card(peek_card(path), sought)
    except CheckpointError as error:
        logger.warning("%s; whether it holds the face is not known", error)
        return None
    return Touched("checkpoint", path, how) if how else None


def _run(path: Path, sought: Sought) -> Touched | None:
    try:
        folders = read_yaml(path)["facesets"].values()
        is_meant = any(isinstance(folder, str) and Path(folder).resolve() == sought.faceset for folder in folders)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Touched("run", path.parent, "trained on the face set") if is_meant else None


def _output(manifest: Path, sought: Sought) -> Touched | None:
    content = _json(manifest)
    people = content.get("identities")
    if not isinstance(people, Mapping):
        return None
    model = content.get("model")
    for name, person in people.items():
        if not isinstance(person, Mapping):
            continue
        if _is(person.get("consent"), sought) or (name == sought.name and _in_card(model, sought)):
            output = manifest.with_name(manifest.name[: -len(MANIFEST_SUFFIX)])
            return Touched("output", output, str(person.get("role")))
    return None


def _in_card(card: Any, sought: Sought) -> str | None:
    people = card.get("identities") if isinstance(card, Mapping) else None
    for name, person in people.items() if isinstance(people, Mapping) else ():
        if isinstance(person, Mapping) and (
            _is(person.get("consent"), sought)
            or person.get("faceset_hash") == sought.faceset_hash
            or person.get("faceset") == str(sought.faceset)
        ):
            return f"draws {name}"
    return None


def _is(consent: Any, sought: Sought) -> bool:
    return isinstance(consent, Mapping) and consent.get("id") in sought.ids


def _json(path: Path) -> Mapping[str, Any]:
    try:
        content = read_json(path)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
