"""Reading files that somebody else made: no pipe is waited for, and neither bytes nor nesting grow beyond what fits.

Every fault is an OSError, whose ``strerror`` says what the file is, or a ValueError, whose text says what is wrong with
its content; who asks adds the name and the cure.
"""

import errno
import json
import os
import re
import stat
from typing import Any

import yaml

MAX_JSON_BYTES = 64 * 2**20
"""Of a JSON file: alignments of a hundred thousand faces fit; no card, manifest or report comes near."""

MAX_YAML_BYTES = 2**20
"""Of a YAML file: reading it takes seconds for a million bytes, and a face set of a thousand clips has a quarter."""

MAX_DEPTH = 64
"""Of tables in tables; ours have ten at most."""

_MAX_UNFOLDED = 1_000_000  # values of a YAML file, those that it names again counted again
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_KINDS = {
    stat.S_IFDIR: "it is a folder, not a file",
    stat.S_IFIFO: "it is a pipe, not a file",
    stat.S_IFSOCK: "it is a socket, not a file",
    stat.S_IFCHR: "it is a device, not a file",
    stat.S_IFBLK: "it is a device, not a file",
}


def require_file(path: str | os.PathLike[str]) -> int:
    """Returns the size in bytes of a file that a library is to open by its name.

    Raises:
        OSError: It is missing, or no regular file, such as a pipe, which would be waited for without an end.
    """
    try:
        found = os.stat(path)
    except ValueError as error:  # a name with a NUL in it
        raise OSError(errno.EINVAL, "this is no name that a file can have", os.fspath(path)) from error
    return _size_of_file(found, path)


def read_bytes(path: str | os.PathLike[str], *, at_most: int, follow_links: bool = True) -> bytes:
    """Returns the content of a file.

    Args:
        path: The file.
        at_most: Bytes that it may have.
        follow_links: Whether the file itself may be a symbolic link.

    Raises:
        OSError: It is missing, cannot be read, is no regular file, or has more bytes.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow_links else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except ValueError as error:
        raise OSError(errno.EINVAL, "this is no name that a file can have", os.fspath(path)) from error
    except OSError as error:
        if error.errno == errno.ELOOP and not follow_links:
            raise OSError(errno.ELOOP, "it is a link to another file", os.fspath(path)) from error
        raise
    try:
        size = _size_of_file(os.fstat(descriptor), path)
        with open(descriptor, "rb", closefd=False) as stream:
            content = stream.read(at_most + 1) if size <= at_most else b""
    finally:
        os.close(descriptor)
    if size > at_most or len(content) > at_most:
        raise OSError(errno.EFBIG, f"it has more than the {at_most / 2**20:.0f} MiB that are read", os.fspath(path))
    return content


def _size_of_file(found: os.stat_result, path: str | os.PathLike[str]) -> int:
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "it is no regular file")
        raise OSError(errno.EINVAL, kind, os.fspath(path))
    return found.st_size


def read_json(path: str | os.PathLike[str], *, at_most: int = MAX_JSON_BYTES) -> Any:
    """Returns what a JSON file holds, plain values that can be written again.

    Raises:
        OSError: As ``read_bytes``.
        ValueError: As ``parse_json``, or the file is not UTF-8.
    """
    return parse_json(read_bytes(path, at_most=at_most).decode("utf-8"))


def parse_json(text: str) -> Any:
    """Returns what a JSON text says.

    Raises:
        ValueError: It is no JSON, holds half a character, or tables lie more than ``MAX_DEPTH`` deep in one another.
    """
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise ValueError(f"tables lie more than {MAX_DEPTH} deep in one another") from error
    check_unfolded(content)
    if _SURROGATE.search(text):
        try:
            json.dumps(content, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise ValueError("it holds half a character (a lone surrogate)") from error
    return content


def read_yaml(path: str | os.PathLike[str], *, at_most: int = MAX_YAML_BYTES) -> Any:
    """Returns what a YAML file holds, plain values only.

    Raises:
        OSError: As ``read_bytes``.
        ValueError: As ``parse_yaml``, or the file is not UTF-8.
    """
    return parse_yaml(read_bytes(path, at_most=at_most).decode("utf-8"))


def parse_yaml(text: str) -> Any:
    """Returns what a YAML text says: text, numbers, dates, lists and tables; a tag such as ``!!python`` is refused.

    Raises:
        ValueError: It is no YAML, asks for objects, or holds tables that lie too deep or name one another again and
            again, so that they would unfold without an end.
    """
    try:
        content = yaml.safe_load(text)
    except Exception as error:  # for odd values its readers raise what they happen to raise
        said = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(said[:200]) from error
    check_unfolded(content, at_most=_MAX_UNFOLDED)
    return content


def check_unfolded(content: Any, *, at_most: int | None = None) -> None:
    """Refuses tables that lie too deep in one another, or that stand in so many places that they unfold without an end.

    Args:
        content: Plain values, not of our making.
        at_most: Values that they may come to, those that are shared counted once for each place where they stand.

    Raises:
        ValueError: Says which.
    """
    level, num_values = [content] if isinstance(content, dict | list) else [], 0
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for table in level:
            num_values += len(table)
            if at_most is not None and num_values > at_most:
                raise ValueError(f"it comes to more than {at_most} values, those that it names again counted again")
            values = table.values() if isinstance(table, dict) else table
            below += [value for value in values if isinstance(value, dict | list)]
        if not below:
            return
        level = below
    raise ValueError(f"tables lie more than {MAX_DEPTH} deep in one another")
