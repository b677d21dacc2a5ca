"""Footage by name or pattern; a file that exists is meant literally, whatever characters its name holds."""

import glob
from pathlib import Path

from faceswap_lab.core.errors import FootageError


def footage_files(text: str | Path) -> list[Path]:
    """The files or folders that a text names, sorted.

    Raises:
        FootageError: There is none.
    """
    path = Path(text)
    if path.exists():
        return [path]
    found = sorted(Path(name) for name in glob.glob(str(text)))
    if not found:
        raise FootageError(f"{text}: no such file or folder, and no file fits it as a pattern; check the path")
    return found
