"""One face set in several: by footage, by track, by blocks of time."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from faceswap_lab.core.errors import ConfigError, FacesetError
from faceswap_lab.faces.consent_binding import require_bound
from faceswap_lab.faces.curation.copying import copy_faces, staged_folder
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow

WAYS = ("footage", "track", "time")


def split(faceset: Faceset, by: str, output: str | Path, *, seconds: float = 60.0) -> dict[str, int]:
    """Copies each part of a set into a set of its own; marks come along, the set stays as it is.

    Args:
        faceset: What to split.
        by: ``footage``, ``track`` (faces without one go to ``no_track``) or ``time``.
        output: Folder that holds the new sets.
        seconds: Length of a block of time.

    Returns:
        Number of faces, rejected ones included, by name of the new folder.

    Raises:
        ConfigError: ``by`` is none of these, or ``seconds`` is not positive.
        FacesetError: No face has a track, or the output is there already.
        ConsentError: The set holds other faces than its consent was given for.
        OutputError: The output cannot be written.
    """
    if by not in WAYS:
        raise ConfigError(f"by={by}: a set is split by {', '.join(WAYS)}")
    if seconds <= 0:
        raise ConfigError(f"seconds={seconds:g} must be positive")
    require_bound(faceset)
    rows = faceset.rows(include_rejected=True)
    if by == "track" and all(row.track is None for row in rows):
        raise FacesetError(f"{faceset.path}: no face has a track; extract with tracking, or split by footage or time")
    name_of = _namer(faceset, by, seconds)
    parts: dict[str, list[FaceRow]] = {}
    for row in rows:
        parts.setdefault(name_of(row), []).append(row)
    with staged_folder(Path(output), [faceset.path]) as folder:
        return {name: _write(faceset, inside, folder / name) for name, inside in sorted(parts.items())}


def _write(faceset: Faceset, rows: list[FaceRow], path: Path) -> int:
    used = {row.media for row in rows}
    media = tuple(one for one in faceset.identity.media if one.sha256 in used)
    with Faceset.create(path, replace(faceset.identity, media=media), crop_spec=faceset.crop_spec) as part:
        return copy_faces(faceset, rows, part)


def _namer(faceset: Faceset, by: str, seconds: float) -> Callable[[FaceRow], str]:
    names = _footage_names(faceset)
    if by == "footage":
        return lambda row: names[row.media]

    def name(row: FaceRow) -> str:
        if by == "time":
            part = f"part_{int(row.pts_s // seconds):04d}"
        else:
            part = "no_track" if row.track is None else f"track_{row.track:04d}"
        return f"{names[row.media]}_{part}" if len(names) > 1 else part  # both count from each footage's start

    return name


def _footage_names(faceset: Faceset) -> dict[str, str]:
    """A folder name for each footage: its own, with digits of its hash where two are called the same."""
    names: dict[str, str] = {}
    for media in faceset.identity.media:
        name = re.sub(r"[^\w-]+", "_", Path(media.name).stem).strip("_")[:80] or "footage"
        names[media.sha256] = f"{name}_{media.sha256[:8]}" if name in names.values() else name
    for row in faceset.rows(include_rejected=True):
        names.setdefault(row.media, row.media[:8])
    return names
