"""Which footage is meant by a path, a pattern or a list of them."""

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from faceswap_lab.core.errors import ConfigError, FootageError
from faceswap_lab.core.foreign_files import parse_yaml


def find_clips(footage: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Paths of footage.

    Args:
        footage: A path; a pattern such as ``clips/*.mp4`` (``**`` reaches into folders); or a list of both, which as
            text is written ``[a.mp4, 'b, c.mp4']``. What exists under a name is meant by it, whatever it holds.

    Returns:
        At least one path, each once; those of a pattern sorted by name.

    Raises:
        ConfigError: The list is none.
        FootageError: Nothing matches a pattern.
    """
    entries = [footage] if isinstance(footage, str | os.PathLike) else list(footage)
    if isinstance(footage, str) and footage.startswith("[") and not os.path.exists(footage):
        entries = listed("footage", footage)
    clips = [clip for entry in entries for clip in _matches(os.fspath(entry))]
    if not clips:
        raise ConfigError("footage is an empty list; give a path, or several such as [a.mp4, b.mp4]")
    return list(dict.fromkeys(clips))


def listed(key: str, text: str) -> list[str]:
    """Paths of a list such as ``[a, 'b, c']``; a text that is none, or the name of what exists, is the one path.

    Args:
        key: The option, for the message.
        text: As it was given.

    Raises:
        ConfigError: It begins as a list and is none.
    """
    if not text.startswith("[") or os.path.exists(text):
        return [text]
    try:
        entries = parse_yaml(text)
    except ValueError:
        entries = None
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise ConfigError(f"{key}={text}: this is no list of paths; write [a, b], quoting what holds a comma")
    return entries


def _matches(name: str) -> list[Path]:
    if os.path.lexists(name) or not glob.has_magic(name):
        return [Path(name)]
    found = sorted(glob.glob(name, recursive=True))
    if not found:
        raise FootageError(f"footage={name}: nothing matches this pattern; check it, and quote it for the shell")
    return [Path(one) for one in found]


def are_several(footage: str) -> bool:
    """Whether a text is a list or a pattern, even if it comes to one path; what exists under a name is meant by it."""
    return not os.path.lexists(footage) and (footage.startswith("[") or glob.has_magic(footage))
