"""``faces.sqlite`` of a face set: one writer with explicit commits, any number of short-lived readers."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from faceswap_lab.core.errors import FacesetError, OutputError
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.faceset_safety import check_tables
from faceswap_lab.faces.faceset_schema import (
    COLUMNS,
    SCHEMA_SQL,
    FaceRow,
    face_file_name,
    from_blob,
    row_from_sql,
    to_blob,
)
from faceswap_lab.faces.faceset_upgrade import columns_of, has_table, upgrade

_CURES = {
    sqlite3.SQLITE_FULL: "free some space",
    sqlite3.SQLITE_IOERR: "the disk is full or broken; free some space or copy the face set to another",
    sqlite3.SQLITE_READONLY: "copy the face set to where you may write, or change its permissions",
    sqlite3.SQLITE_CANTOPEN: "copy the face set to where you may write, or change its permissions",
    sqlite3.SQLITE_BUSY: "end the other program that uses this face set",
    sqlite3.SQLITE_LOCKED: "end the other program that uses this face set",
}


class FacesetDatabase:
    """Rows of one face set; readers see what was committed.

    No connection is kept open for reading, so that an object can go to worker processes.

    Args:
        path: The database file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: sqlite3.Connection | None = None
        self.has_grown = False  # since it was last closed

    def create(self) -> None:
        """Makes the file and its tables.

        Raises:
            OutputError: The folder is not writable.
        """
        with self._explained_writing(), contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(SCHEMA_SQL)
            upgrade(connection, self.path)

    def count(self) -> int:
        """Number of faces, rejected ones included."""
        with self.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM faces").fetchone()[0])

    def accepted_names(self) -> list[str]:
        """File names of the faces that nobody rejected."""
        with self.reading() as connection:
            where = "WHERE rejected = 0" if "rejected" in columns_of(connection) else ""
            query = f"SELECT media, frame_index, face_index FROM faces {where}"
            return [face_file_name(*key) for key in connection.execute(query)]

    def identifying_keys(self) -> list[tuple[str, int, int, str]]:
        """Footage, frame, place and hash of the crop of every face, rejected ones included, in this order."""
        query = "SELECT media, frame_index, face_index, crop_sha256 FROM faces ORDER BY 1, 2, 3"
        with self.reading() as connection:
            return connection.execute(query).fetchall()

    def has_open_scans(self) -> bool:
        """Whether an extraction began here and has not come to its end."""
        with self.reading() as connection:
            return connection.execute("SELECT 1 FROM scans WHERE NOT complete LIMIT 1").fetchone() is not None

    def rows(self, media: str | None = None) -> list[FaceRow]:
        """Faces of one footage or of all, rejected ones included, in the order of footage, frame and size."""
        where, values = ("", ()) if media is None else ("WHERE media = ?", (media,))
        with self.reading() as connection:
            there = columns_of(connection)
            columns = ", ".join(name for name in COLUMNS if name in there)
            query = f"SELECT {columns} FROM faces {where} ORDER BY media, frame_index, face_index"
            connection.row_factory = sqlite3.Row
            return [row_from_sql(record) for record in connection.execute(query, values)]

    def insert(self, values: Mapping[str, object]) -> None:
        """Adds one row, by names of columns; those left out take their defaults.

        Raises:
            FacesetError: The row is there already, or breaks a rule of the table.
            OutputError: The disk is full or the folder not writable.
        """
        marks, self.has_grown = ", ".join("?" * len(values)), True
        try:
            with self.writing() as connection:
                connection.execute(f"INSERT INTO faces ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
        except sqlite3.IntegrityError as error:
            raise FacesetError(f"{self.path}: this face cannot be added ({error})") from error

    def scan_state(self, request: str) -> tuple[int, bool]:
        """Next frame of a request and whether it is complete; (0, False) if it never ran."""
        with self.reading() as connection:
            found = connection.execute(
                "SELECT next_frame, complete FROM scans WHERE request = ?", (request,)
            ).fetchone()
        return (0, False) if found is None else (int(found[0]), bool(found[1]))

    def complete_scans(self, media: str) -> list[str]:
        """The requests that are complete for one footage."""
        with self.reading() as connection:
            found = connection.execute("SELECT request FROM scans WHERE media = ? AND complete", (media,))
            return [str(row[0]) for row in found]

    def frames_of(self, media: str) -> tuple[set[int], int]:
        """Which frames of one footage have faces, and how many faces these are; light where ``rows`` is not."""
        with self.reading() as connection:
            found = connection.execute("SELECT frame_index FROM faces WHERE media = ?", (media,)).fetchall()
        return {int(row[0]) for row in found}, len(found)

    def scan_memory(self, request: str) -> str | None:
        """What was kept with ``note_scan`` for a request that is not complete, or None."""
        with self.reading() as connection:
            if not has_table(connection, "scan_memory"):
                return None
            found = connection.execute("SELECT memory FROM scan_memory WHERE request = ?", (request,)).fetchone()
        return None if found is None else str(found[0])

    def next_track(self, media: str) -> int:
        """Number of a footage's next track: one more than the greatest there is."""
        with self.reading() as connection:
            found = connection.execute("SELECT max(track) FROM faces WHERE media = ?", (media,)).fetchone()[0]
        return 0 if found is None else int(found) + 1

    def note_scan(
        self, request: str, *, media: str, next_frame: int, complete: bool, memory: str | None = None
    ) -> None:
        """Remembers, from the next commit on, how far a request has come, and with what memory to go on from there."""
        with self.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO scans (request, media, next_frame, complete) VALUES (?, ?, ?, ?)",
                (request, media, next_frame, int(complete)),
            )
            connection.execute("DELETE FROM scan_memory WHERE request = ?", (request,))
            if memory is not None:
                connection.execute("INSERT INTO scan_memory (request, memory) VALUES (?, ?)", (request, memory))

    def take_over(self, other: Path, ids: Sequence[int], *, scans: bool = True) -> None:
        """Copies faces of another database, and which of its requests are complete, all at once or not at all.

        Args:
            other: The other database; nobody writes to it meanwhile.
            ids: Its rows.
            scans: Whether the finished requests come along.

        Raises:
            FacesetError: A face is here already.
            OutputError: The disk is full or the folder not writable.
        """
        columns = ", ".join(name for name in COLUMNS if name != "id")
        self.commit()
        self.has_grown = True
        try:
            with self.writing() as connection:
                connection.execute("ATTACH ? AS other", (str(other),))
                try:
                    query = f"INSERT INTO faces ({columns}) SELECT {columns} FROM other.faces WHERE id = ?"
                    connection.executemany(query, [(one,) for one in ids])
                    if scans:
                        connection.execute("INSERT OR REPLACE INTO scans SELECT * FROM other.scans WHERE complete")
                    connection.commit()
                finally:
                    connection.rollback()
                    connection.execute("DETACH other")
        except sqlite3.IntegrityError as error:
            raise FacesetError(f"{self.path}: these faces cannot be added ({error})") from error

    def mean(self, embedder: str, content: str, num_faces: int) -> FloatArray | None:
        """A kept mean vector, or None."""
        query = "SELECT mean FROM means WHERE embedder = ? AND content = ? AND num_faces = ?"
        with self.reading() as connection:
            found = connection.execute(query, (embedder, content, num_faces)).fetchone()
        return None if found is None else from_blob(found[0])

    def keep_mean(self, embedder: str, content: str, num_faces: int, mean: FloatArray) -> None:
        """Keeps a mean vector, from the next commit on."""
        with self.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO means (embedder, content, num_faces, mean) VALUES (?, ?, ?, ?)",
                (embedder, content, num_faces, to_blob(mean)),
            )

    def discard(self) -> None:
        """Takes back what was written since the last commit."""
        if self._writer is not None:
            self._writer.rollback()

    def commit(self) -> None:
        """Makes what was written permanent and visible.

        Raises:
            OutputError: The disk is full.
        """
        if self._writer is not None:
            with self._explained_writing():
                self._writer.commit()

    def close(self) -> None:
        """Commits, and folds the write-ahead log into the one file, so that it can be copied or mounted read-only."""
        if self._writer is not None:
            self.commit()
            with contextlib.suppress(sqlite3.OperationalError):  # read just now: the log stays, as valid
                self._writer.execute("PRAGMA journal_mode=DELETE")
            self._writer.close()
            self._writer, self.has_grown = None, False

    def _connection(self) -> sqlite3.Connection:
        if self._writer is None:
            # A second writer waits half a minute, then is told: two extractions into one set take turns by commits.
            connection = sqlite3.connect(self.path, timeout=30)
            try:
                connection.execute("PRAGMA journal_mode=WAL")  # commits are cheap, and readers see the set meanwhile
                connection.execute("PRAGMA synchronous=NORMAL")
                check_tables(connection)
                upgrade(connection, self.path)
            except BaseException:
                connection.close()
                raise
            self._writer = connection
        return self._writer

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The one writing connection; what is done counts from ``commit`` on.

        Raises:
            FacesetError: A newer version of this program made the set, or it is damaged.
            OutputError: The disk is full, the folder not writable, or another program is writing.
        """
        with self._explained_writing():
            yield self._connection()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees what was committed.

        Raises:
            FacesetError: The file is missing or damaged, or holds what no face set holds.
        """
        try:
            with contextlib.closing(self._open_for_reading()) as connection:
                yield connection
        except (sqlite3.Error, ValueError, TypeError) as error:  # of the file, or of values in it
            raise FacesetError(
                f"{self.path} cannot be read ({error}); restore it or extract the face set again"
            ) from error

    def _open_for_reading(self) -> sqlite3.Connection:
        if not self.path.is_file():
            raise FacesetError(f"{self.path} is missing; restore it or extract the face set again")
        location = self.path.resolve().as_uri()
        connection = sqlite3.connect(f"{location}?mode=ro", uri=True, timeout=30)
        try:
            check_tables(connection)  # before any query: a view without an end writes until the disk is full
        except sqlite3.OperationalError:
            # WAL needs to write beside the file even to read; on read-only media nobody else writes either.
            connection.close()
            connection = sqlite3.connect(f"{location}?immutable=1", uri=True)
            check_tables(connection)
        return connection

    @contextlib.contextmanager
    def _explained_writing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            cure = _CURES.get(error.sqlite_errorcode & 0xFF, "look after the disk that it lies on")
            raise OutputError(f"{self.path}: {error}; {cure}") from error
        except sqlite3.IntegrityError:  # of a row, which whoever adds it explains
            raise
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            raise FacesetError(f"{self.path} is damaged ({error}); restore it or extract the face set again") from error
