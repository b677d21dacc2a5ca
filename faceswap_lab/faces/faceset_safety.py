"""What a face set of somebody else may not do: lead out of its folder, or let its database run what it brings."""

import os
import re
import sqlite3
import stat
from pathlib import Path

from faceswap_lab.core.errors import FacesetError

_FILES = ("identity.yaml", "faces.sqlite", "faces.sqlite-wal", "faces.sqlite-shm", "faces.sqlite-journal")
_FOLDERS = ("crops", "masks", ".cache")
_MAX_VALUE_BYTES = 64 * 2**20  # of a text or blob; the memory of a tracker that follows a crowd has a hundredth
SHA256 = re.compile("[0-9a-f]{64}")


def check_folder(folder: Path) -> None:
    """Refuses a face set one of whose parts is a link, a pipe or a device; that its folder itself is a link is fine.

    Raises:
        FacesetError: Names the part.
    """
    for name in (*_FILES, *_FOLDERS):
        try:
            mode = os.lstat(folder / name).st_mode
        except (OSError, ValueError):  # missing, which others tell better
            continue
        if not (stat.S_ISDIR(mode) if name in _FOLDERS else stat.S_ISREG(mode)):
            raise FacesetError(_foreign_part(folder / name, stat.S_ISLNK(mode)))
    for name in ("crops", "masks"):
        names_in(folder / name)


def names_in(folder: Path) -> set[str]:
    """Names of what lies in a folder of pictures; empty where there is none.

    Raises:
        FacesetError: One of them is a link, a pipe or a device, or the folder cannot be read.
    """
    names: set[str] = set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False):
                    raise FacesetError(_foreign_part(folder / entry.name, entry.is_symlink()))
                names.add(entry.name)
    except (FileNotFoundError, NotADirectoryError):  # of a path that is to be made
        return set()
    except OSError as error:
        raise FacesetError(f"{folder} cannot be read ({error.strerror}); restore it or extract again") from error
    return names


def _foreign_part(path: Path, is_link: bool) -> str:
    what = "a link, which may lead anywhere" if is_link else "no file or folder of its kind"
    return f"{path} is {what}; a face set holds its own files: put the file itself there, or take it out"


def check_tables(connection: sqlite3.Connection) -> None:
    """Refuses a database that holds more than tables: views, triggers and computed columns run what they were given.

    Args:
        connection: Just opened; texts and blobs that it hands out are bounded from now on.

    Raises:
        ValueError: Names what is not a table.
        sqlite3.Error: It is damaged, or no database.
    """
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
    connection.execute("PRAGMA trusted_schema = OFF")
    for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master"):
        if kind not in ("table", "index") or re.match(r"\s*create\s+virtual", str(sql), re.IGNORECASE):
            raise ValueError(f"it holds a {kind}, {name!r:.60}, that is no plain table")
        if kind == "table" and re.search(r"\b(generated\s+always|as\s*\()", str(sql), re.IGNORECASE):
            raise ValueError(f"a column of its table {name!r:.60} is computed")
