"""Whether face sets can train together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from faceswap_lab.core.errors import ConfigError, FacesetError
from faceswap_lab.faces.faceset import Faceset


def check_identities(facesets: Mapping[str, Faceset], ranges: Mapping[str, Any]) -> None:
    """Refuses too few identities, ranges of others, and sets that do not go together.

    Raises:
        ConfigError: There are fewer than two, a range is of none of them, or two are the same folder.
        FacesetError: Their crops differ in kind or size.
    """
    if len(facesets) < 2:
        given = ", ".join(facesets) or "none"
        raise ConfigError(
            f"training needs the face sets of at least two identities, got {given}; add facesets.NAME=FOLDER"
        )
    unknown = [name for name in ranges if name not in facesets]
    if unknown:
        raise ConfigError(f"range.{unknown[0]}: no such identity; facesets has {', '.join(facesets)}")
    _check_crops(facesets)


def _check_crops(facesets: Mapping[str, Faceset]) -> None:
    (first_name, first), *others = facesets.items()
    for name, faceset in others:
        if faceset.crop_spec != first.crop_spec:
            raise FacesetError(
                f"{faceset.path}: crops of {name} are {faceset.crop_spec}, those of {first_name} {first.crop_spec}; "
                "extract both with the same crop="
            )
    folders: dict[Path, str] = {}
    for name, faceset in facesets.items():
        other = folders.setdefault(Path(faceset.path).resolve(), name)
        if other != name:
            raise ConfigError(f"facesets.{other} and facesets.{name} are the same folder, {faceset.path}")
