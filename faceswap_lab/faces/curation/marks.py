"""Which faces are rejected, and a journal that takes every change back; no picture and no row is ever deleted."""

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.core.foreign_files import parse_json
from faceswap_lab.core.typed_tables import find_misfit
from faceswap_lab.faces.datasheet import write_datasheet
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_upgrade import has_table


class _Order(TypedDict):
    faces: list[int]
    sorted_by: str


_NO_ORDER: _Order = {"faces": [], "sorted_by": ""}


class _Before(TypedDict):
    accepted: NotRequired[list[int]]
    rejected: NotRequired[list[int]]
    order: NotRequired[_Order]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the journal.

    Attributes:
        made_at: When, ISO time in UTC.
        what: What was done, in words.
    """

    made_at: str
    what: str


def mark(faceset: Faceset, ids: Iterable[int], *, rejected: bool, what: str) -> int:
    """Rejects or accepts faces and notes it in the journal, in one transaction.

    Args:
        faceset: The set.
        ids: Numbers of rows; those that are so already stay as they are.
        rejected: Whether they are rejected from now on.
        what: What is done, in words, for the journal.

    Returns:
        How many faces changed; nothing is noted where none did.

    Raises:
        OutputError: The set cannot be written.
    """
    with faceset.database.writing() as connection:
        before = dict(connection.execute("SELECT id, rejected FROM faces"))
        changed = [face for face in dict.fromkeys(ids) if face in before and bool(before[face]) != rejected]
        if changed:
            query = "UPDATE faces SET rejected = ? WHERE id = ?"
            connection.executemany(query, [(int(rejected), face) for face in changed])
    if changed:
        note(faceset, what, {"accepted" if rejected else "rejected": changed})
    faceset.close()
    if changed:
        write_datasheet(faceset)
    return len(changed)


def note(faceset: Faceset, what: str, before: dict[str, Any]) -> None:
    """Adds to the journal, from the next commit on.

    Args:
        faceset: The set.
        what: What was done, in words.
        before: What ``undo`` puts back: ``accepted`` and ``rejected`` rows, or an ``order``.
    """
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    with faceset.database.writing() as connection:
        query = "INSERT INTO journal (made_at, what, before) VALUES (?, ?, ?)"
        connection.execute(query, (now, what, json.dumps(before)))


def journal(faceset: Faceset) -> list[Change]:
    """What can be taken back, the last change first."""
    with faceset.database.reading() as connection:
        if not has_table(connection, "journal"):
            return []
        return [Change(*found) for found in connection.execute("SELECT made_at, what FROM journal ORDER BY id DESC")]


def undo(faceset: Faceset) -> Change:
    """Takes the last change back: marks or an order; called again, the one before.

    Raises:
        FacesetError: There is no change to take back, or what is noted of it is damaged.
        OutputError: The set cannot be written.
    """
    with faceset.database.writing() as connection:
        query = "SELECT id, made_at, what, before FROM journal ORDER BY id DESC LIMIT 1"
        found = connection.execute(query).fetchone()
        if found is None:
            faceset.close()
            raise FacesetError(f"{faceset.path}: there is no change to take back")
        before = _read_before(found[3])
        if before is None:
            cure = "restore the file from a copy, or leave the change as it is"
            raise FacesetError(f"{faceset.path}: what faces.sqlite notes of the last change is damaged; {cure}")
        for name, rejected in (("accepted", 0), ("rejected", 1)):
            update = "UPDATE faces SET rejected = ? WHERE id = ?"
            connection.executemany(update, [(rejected, face) for face in before.get(name, [])])
        if "order" in before:
            write_places(faceset, before["order"]["faces"], sorted_by=before["order"]["sorted_by"])
        connection.execute("DELETE FROM journal WHERE id = ?", (found[0],))
    faceset.close()
    write_datasheet(faceset)
    return Change(found[1], found[2])


def _read_before(text: Any) -> _Before | None:
    """What a change puts back; None where that is not what ``note`` has written."""
    try:
        before = parse_json(text)
    except (TypeError, ValueError):
        return None
    if find_misfit(before, _Before) is not None or not {"faces", "sorted_by"} <= set(before.get("order", _NO_ORDER)):
        return None
    faces = [*before.get("accepted", ()), *before.get("rejected", ()), *before.get("order", _NO_ORDER)["faces"]]
    return before if all(abs(face) < 2**63 for face in faces) else None  # more is no number to SQLite


def write_places(faceset: Faceset, ids: Iterable[int], *, sorted_by: str) -> None:
    """Replaces the kept order, from the next commit on; no face restores the natural one."""
    with faceset.database.writing() as connection:
        connection.execute("DELETE FROM face_order")
        rows = [(place, face, sorted_by) for place, face in enumerate(ids)]
        connection.executemany("INSERT INTO face_order (place, face, sorted_by) VALUES (?, ?, ?)", rows)
