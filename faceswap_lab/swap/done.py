"""Whether outputs are there already, whole and made of the same by the same: then they need not be made again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from faceswap_lab.provenance.manifest import manifest_path


def recipe_hash(key: Mapping[str, Any]) -> str:
    """SHA-256 over all that the pictures depend on; it tells none of it to whom it is passed on.

    Args:
        key: As for `SegmentFolder`.
    """
    return hashlib.sha256(json.dumps(key, sort_keys=True, default=str).encode("utf-8")).hexdigest()


def done_before(outputs: Sequence[Path], recipe: str, *, hashed: Callable[[Path], str]) -> Mapping[str, Any] | None:
    """The manifest of the first of the outputs if all of them are whole and of this recipe, else None.

    Args:
        outputs: The clip, and what belongs beside it.
        recipe: As `recipe_hash` gives it.
        hashed: Gives the hash of a file or folder.
    """
    manifests = [_manifest(output) for output in outputs]
    for output, manifest in zip(outputs, manifests, strict=True):
        if manifest is None or manifest.get("recipe_sha256") != recipe or not output.exists():
            return None
        if manifest["output"]["sha256"] != hashed(output):  # changed since, or its run was killed before it came
            return None
    return manifests[0]


def states_recipe(output: Path) -> bool:
    """Whether an output's manifest tells by what recipe it was made, so that `done_before` may know it."""
    manifest = _manifest(output)
    return manifest is not None and manifest.get("recipe_sha256") is not None


def _manifest(output: Path) -> Mapping[str, Any] | None:
    try:
        manifest = json.loads(manifest_path(output).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none that could be read: the output is made again
        return None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("output"), dict):
        return None
    return manifest if "sha256" in manifest["output"] else None
