"""The order that people look at the faces in: kept in ``faces.sqlite``, while pictures keep their names."""

from collections.abc import Callable
from typing import Any

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.curation.columns import value_of
from faceswap_lab.faces.curation.marks import note, write_places
from faceswap_lab.faces.curation.pose_bins import pose_bin
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.faceset_upgrade import has_table

NATURAL = "time"


def sort_faces(
    faceset: Faceset, by: str, *, descending: bool = False, distances: dict[int, float] | None = None
) -> list[FaceRow]:
    """Sorts the faces and keeps the order; later ``ordered`` gives it.

    Args:
        faceset: The set.
        by: A column or derived figure (``columns.NAMES``), ``pose`` (bins of yaw, in them of pitch, in these the
            sharpest first), ``similarity``, or ``time``, which forgets a kept order.
        descending: Whether the largest come first; faces without a value come last either way.
        distances: By row, for ``similarity``: how far a face lies from the reference.

    Returns:
        The accepted faces in their new order.

    Raises:
        ConfigError: There is no such column, or ``similarity`` without distances.
        OutputError: The set cannot be written.
    """
    rows = faceset.rows()
    if by == NATURAL:
        arranged = rows[::-1] if descending else rows
    else:
        key = _key(faceset, by, distances)
        keyed = [(key(row), row) for row in rows]
        known = sorted((pair for pair in keyed if pair[0] is not None), key=lambda pair: pair[0], reverse=descending)
        arranged = [row for _, row in known] + [row for value, row in keyed if value is None]
    before_by, before = read_order(faceset)
    kept = [] if by == NATURAL and not descending else [row.id for row in arranged]
    label = f"{by}, largest first" if descending else by
    note(faceset, f"sort by {label}", {"order": {"faces": before, "sorted_by": before_by or ""}})
    write_places(faceset, kept, sorted_by=label)
    faceset.close()
    return arranged


def read_order(faceset: Faceset) -> tuple[str | None, list[int]]:
    """What the set was sorted by and the rows' numbers in that order; (None, []) where it was not."""
    with faceset.database.reading() as connection:
        if not has_table(connection, "face_order"):
            return None, []
        found = connection.execute("SELECT sorted_by, face FROM face_order ORDER BY place").fetchall()
    return (found[0][0] if found else None), [face for _, face in found]


def ordered(faceset: Faceset, *, include_rejected: bool = False) -> list[FaceRow]:
    """The faces in the kept order; those that came later stand at the end, in their natural one."""
    places = {face: place for place, face in enumerate(read_order(faceset)[1])}
    return sorted(faceset.rows(include_rejected=include_rejected), key=lambda row: places.get(row.id, len(places)))


def _key(faceset: Faceset, by: str, distances: dict[int, float] | None) -> Callable[[FaceRow], Any]:
    if by == "pose":
        return lambda row: (pose_bin(row.yaw), pose_bin(row.pitch), -row.sharpness)
    if by == "similarity":
        if distances is None:
            raise ConfigError("by=similarity needs reference=, a picture of the person")
        return lambda row: distances.get(row.id)
    return lambda row: value_of(faceset, row, by)
