"""An output that appears under its name only when it is whole, after its manifest."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.files import explain_os_error

_STAGED = ".part"


@contextmanager
def staged(output: Path, *, replaces_folder: bool = False) -> Iterator[Path]:
    """Yields a path of the same name in a hidden folder beside the output; what is written there takes its place.

    Unlike a writer's own temporary file this leaves time, once the output is whole and before it can be seen, to hash
    it and to write its manifest. What a killed process left of the same output goes first.

    Args:
        output: File or folder to be written.
        replaces_folder: Whether a folder that holds files may be in its place; it goes.

    Raises:
        OutputError: It cannot be written; the message names the output, not the hidden folder.
    """
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(output)
        folder, lock = _locked_folder(output)
    except OSError as error:
        raise explain_os_error(error, output) from error
    stage = folder / output.name
    try:
        if output.is_dir() and not replaces_folder:
            stage.mkdir()  # an empty folder, which the writer may fill as it might have filled the output
        yield stage
        _replace(stage, output, replaces_folder=replaces_folder)
    except OutputError as error:
        raise OutputError(str(error).replace(str(stage), str(output))) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked_folder(output: Path) -> tuple[Path, int]:
    """A new hidden folder, and the lock on it that ends with this process, however it ends."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_prefix(output), suffix=_STAGED, dir=output.parent))
        try:
            lock = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # another process took it for abandoned, as it was not held yet
            continue
        with contextlib.suppress(OSError):  # a file system without locks: then nothing is ever taken for abandoned
            fcntl.flock(lock, fcntl.LOCK_SH)
        if folder.exists():
            return folder, lock
        os.close(lock)


def remove_abandoned(output: Path) -> None:
    """Removes what processes that are no more staged for this output.

    Args:
        output: As for `staged`; its folder exists.
    """
    ours = re.compile(re.escape(_prefix(output)) + r"[a-z0-9_]{8}" + re.escape(_STAGED))
    for folder in output.parent.iterdir():
        if not ours.fullmatch(folder.name) or not folder.is_dir():
            continue
        with contextlib.suppress(OSError):  # held by somebody, or gone meanwhile
            lock = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _prefix(output: Path) -> str:
    return f".{output.stem[:80]}."


def _replace(stage: Path, output: Path, *, replaces_folder: bool) -> None:
    before = stage.with_name(f"{stage.name}.before")
    try:
        if replaces_folder and output.is_dir():
            os.replace(output, before)
        os.replace(stage, output)
    except OSError as error:
        if before.exists() and not output.exists():
            os.replace(before, output)
        raise explain_os_error(error, output) from error
