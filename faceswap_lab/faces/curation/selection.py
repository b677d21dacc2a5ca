"""Which faces somebody means who types names, row numbers and frames."""

import re

from faceswap_lab.core.errors import ConfigError, FacesetError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow

_FRAMES = re.compile(r"\d*:\d*")


def select(faceset: Faceset, words: str, *, media: str | None = None) -> list[FaceRow]:
    """The faces that a text names, rejected ones included, each once, in the set's order.

    Args:
        faceset: The set.
        words: Separated by commas or spaces: file names with or without ``.png``, row numbers, or frames such as
            ``100:120``, end exclusive.
        media: Only faces of this footage: its file name, or the first digits of its hash.

    Raises:
        ConfigError: A word is none of these, or an empty text was given.
        FacesetError: A word names no face of the set, or the set has no such footage.
    """
    rows = _of_media(faceset, media)
    by_name = {row.file_name: row for row in rows}
    by_id = {row.id: row for row in rows}
    chosen: set[int] = set()
    parts = [part for part in re.split(r"[,\s]+", words) if part]
    if not parts:
        raise ConfigError("no face is named; give file names, row numbers or frames such as 100:120")
    for part in parts:
        name = part if part.endswith(".png") else f"{part}.png"
        if name in by_name:
            found = [by_name[name]]
        elif part.isascii() and part.isdigit():
            found = [by_id[int(part)]] if int(part) in by_id else []
        elif _FRAMES.fullmatch(part):
            frames = FrameRange.parse(part)
            found = [row for row in rows if frames.contains(row.frame_index)]
        elif part.endswith(".png") or re.fullmatch(r"[0-9a-f]{8}_\d+_\d+", part):
            found = []
        else:
            raise ConfigError(f"{part} is no face; give file names, row numbers or frames such as 100:120")
        if not found:
            raise FacesetError(f"{faceset.path} has no face {part}; `faces show` lists names and rows")
        chosen.update(row.id for row in found)
    return [row for row in rows if row.id in chosen]


def _of_media(faceset: Faceset, media: str | None) -> list[FaceRow]:
    rows = faceset.rows(include_rejected=True)
    if media is None:
        return rows
    known = faceset.identity.media
    hashes = {one.sha256 for one in known if one.name == media or (len(media) >= 4 and one.sha256.startswith(media))}
    if not hashes:
        names = ", ".join(f"{one.name} ({one.sha256[:8]})" for one in known) or "none"
        raise FacesetError(f"{faceset.path} has no footage {media}; it has {names}")
    return [row for row in rows if row.media in hashes]
