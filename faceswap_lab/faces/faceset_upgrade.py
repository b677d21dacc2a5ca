"""Older face sets: what their tables lack is added when they are first opened for writing; reading needs none of it."""

import sqlite3
from pathlib import Path

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.faces.faceset_schema import ADDED_COLUMNS, ADDED_TABLES, SCHEMA_VERSION


def columns_of(connection: sqlite3.Connection) -> set[str]:
    """Names of the columns that this face set has."""
    return {record[1] for record in connection.execute("PRAGMA table_info(faces)")}


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Whether this face set has a table."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(query, (name,)).fetchone() is not None


def upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """Adds the columns and tables that are missing, in one transaction; nothing is done where none is.

    Args:
        connection: Open for writing.
        path: The file, for the message.

    Raises:
        FacesetError: A newer version of this program made the set, or it holds no table of faces.
    """
    if not has_table(connection, "faces"):
        raise FacesetError(f"{path} holds no table of faces; restore it or extract the face set again")
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise FacesetError(f"{path} was made by a newer faceswap-lab; update it to change this face set")
    if version == SCHEMA_VERSION and columns_of(connection).issuperset(ADDED_COLUMNS):
        return
    connection.execute("BEGIN IMMEDIATE")
    there = columns_of(connection)  # again: another program may have done it meanwhile
    for name, declaration in ADDED_COLUMNS.items():
        if name not in there:
            connection.execute(f"ALTER TABLE faces ADD COLUMN {name} {declaration}")
    for statement in ADDED_TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.commit()
