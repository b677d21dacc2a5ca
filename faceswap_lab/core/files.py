"""Writing that leaves either the whole file or nothing, and errors of the file system as one line."""

import contextlib
import errno
import hashlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.foreign_files import require_file

_CURES = {
    errno.ENOSPC: "the disk is full; free some space or choose another output",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another output",
    errno.EACCES: "permission denied; choose another output or change its permissions",
    errno.EPERM: "permission denied; choose another output or change its permissions",
    errno.EROFS: "the file system is read-only; choose another output",
    errno.ENOTDIR: "a part of this path is a file, not a folder; choose another output",
    errno.EISDIR: "this is a folder; name a file in it",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.ENOENT: "no such file or folder; check the path",
    errno.EEXIST: "a file of this name is in the way; choose another output",
}

_LEFTOVER = re.compile(r"\..+\.[0-9a-f]{8}\.part(\.\w+)?")


def is_of_the_system(error: OSError) -> bool:
    """Whether a failure is of the disk, a permission or a name that was given, and no bug of ours."""
    return error.errno in _CURES and error.errno not in (errno.ENOENT, errno.EEXIST)


def explain_os_error(error: OSError, path: str | os.PathLike[str] | None = None) -> OutputError:
    """Returns the error to raise for a failed file operation: one line with the path and what to do.

    Args:
        error: As the system raised it.
        path: The file as the user knows it; by default the one that the error names.
    """
    name = path if path is not None else error.filename
    cure = _CURES.get(error.errno or 0, error.strerror or str(error))
    return OutputError(f"{os.fspath(name)}: {cure}" if name is not None else cure)


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a temporary sibling of a file, which takes the file's place only if the block ends well.

    The temporary name keeps the suffix, so that writers which look at it (FFmpeg, OpenCV) choose the same format.
    Missing parent folders are made.

    Args:
        path: The file to write.

    Raises:
        OutputError: The folder is not writable, or the disk is full.
    """
    final = Path(path)
    temporary = final.with_name(f".{final.stem[:80]}.{secrets.token_hex(4)}.part{final.suffix}")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, final)
    except OSError as error:
        if error.filename is not None and Path(error.filename) not in (temporary, final, *final.parents):
            raise  # another file's error, raised by what the block reads
        raise explain_os_error(error, final) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def remove_leftovers(folder: str | os.PathLike[str]) -> None:
    """Removes what writers that were killed left under ``atomic_path``'s names, from a folder that nobody writes to.

    Raises:
        OutputError: The folder is not writable.
    """
    try:
        for path in Path(folder).iterdir() if Path(folder).is_dir() else ():
            if _LEFTOVER.fullmatch(path.name):
                path.unlink(missing_ok=True)
    except OSError as error:
        raise explain_os_error(error, folder) from error


def atomic_write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Writes a whole file, flushed to the disk, or leaves what was there.

    Raises:
        OutputError: The folder is not writable, or the disk is full.
    """
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def atomic_write_text(path: str | os.PathLike[str], content: str) -> None:
    """Writes a whole UTF-8 file, or leaves what was there. Raises as ``atomic_write_bytes``."""
    atomic_write_bytes(path, content.encode("utf-8"))


def atomic_write_json(path: str | os.PathLike[str], content: Any) -> None:
    """Writes a whole JSON file that people can read, or leaves what was there. Raises as ``atomic_write_bytes``."""
    atomic_write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def move(path: str | os.PathLike[str], named: str | os.PathLike[str]) -> None:
    """Gives a file its name, in place of what had it.

    Raises:
        OutputError: The folder is not writable, or a folder is in the way.
    """
    try:
        os.replace(path, named)
    except OSError as error:
        raise explain_os_error(error, named) from error


def append_line(path: str | os.PathLike[str], line: str) -> None:
    """Adds a line to a file that only the user may read, and makes the file where there is none.

    It is one write to a file opened for appending: two processes do not get into each other's lines.

    Raises:
        OutputError: The folder is not writable, or the disk is full.
    """
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as stream:
            stream.write(f"{line}\n".encode())
            os.fsync(stream.fileno())
    except OSError as error:
        raise explain_os_error(error, path) from error


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Returns the SHA-256 of a file's content as 64 hexadecimal digits; reads it in pieces.

    Raises:
        OSError: It is missing, cannot be read, or is a pipe or another thing that is no file.
    """
    require_file(path)
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_output(path: str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str]] = ()) -> None:
    """Refuses an output that cannot be written or would overwrite an input, before any work is done.

    Leaves nothing behind: folders that are missing are not made.

    Args:
        path: File or folder to be written.
        inputs: Files and folders that are read for it.

    Raises:
        OutputError: The output is an input, no name for a file, or its folder is not writable.
    """
    output = Path(path)
    if "\0" in str(output):
        raise OutputError(f"{output}: this is no name that a file can have; choose another output")
    for name in inputs:
        if _same_place(output, Path(name)):
            raise OutputError(f"{output}: the output is the same as the input; choose another output")
    try:
        folder = output if output.is_dir() else _nearest_existing(output.parent)
        # Asking for permissions is not enough: root may do anything, and a mount may be read-only.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise explain_os_error(error, output) from error


def _nearest_existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _same_place(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return os.path.samefile(one, other)
    return os.path.realpath(one) == os.path.realpath(other)
