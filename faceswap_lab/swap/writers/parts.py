"""What is written beside a clip that is written in segments: a part a segment, joined at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from faceswap_lab.core.files import explain_os_error
from faceswap_lab.swap.writers.companion import Companion, CompanionWriter, Scene, Shot


class PartWriting:
    """Writes the companions' parts of one segment after the other.

    Args:
        companions: Which.
        scene: What they need to know.
        memories: As ``memories`` was after the last segment of an earlier run, or empty.

    Attributes:
        memories: What each companion knew after the last whole segment, for JSON.
    """

    def __init__(self, companions: Sequence[Companion], scene: Scene, memories: Sequence[Any]) -> None:
        self._companions, self._scene = companions, scene
        self.memories: list[Any] = list(memories) or [None] * len(companions)
        self._stack = ExitStack()
        self._writers: list[CompanionWriter] = []

    def begin(self, paths: Sequence[Path], *, number: int) -> None:
        """Opens the parts of a segment.

        Args:
            paths: Where each companion's part goes; what an unfinished one left there is removed.
            number: Of the segment.

        Raises:
            OutputError: One cannot be written.
        """
        for companion, path, memory in zip(self._companions, paths, self.memories, strict=True):
            remove(path)
            opened = companion.open_part(path, self._scene, number=number, memory=memory)
            self._writers.append(self._stack.enter_context(opened))

    def show(self, shot: Shot) -> None:
        """Appends a shot to all parts. Raises as ``CompanionWriter.write``."""
        for writer in self._writers:
            writer.write(shot)

    def end(self) -> None:
        """Closes the parts, which are then whole. Raises as ``begin``."""
        self.memories, self._writers = [writer.memory() for writer in self._writers], []
        self._stack.close()

    def abandon(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the parts after a failure; they are of no use."""
        self._writers = []
        self._stack.__exit__(kind, error, trace)


def remove(path: Path) -> None:
    """Removes a file or a folder, if there is one."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Has a file, or all files of a folder, on the disk when it returns."""
    for file in sorted(path.iterdir()) if path.is_dir() else (path,):
        with file.open("rb") as stream:
            os.fsync(stream.fileno())


def link_files(parts: Sequence[Path], folder: Path, *, suffix: str) -> None:
    """Shows the files of several folders in one, without moving or, where the file system can, copying them.

    Args:
        parts: Folders whose files have different names.
        folder: Where to; made where it is missing.
        suffix: Of the files that are meant.

    Raises:
        OutputError: The folder cannot be written.
    """
    try:
        folder.mkdir(exist_ok=True)
        for file in (file for part in parts for file in sorted(part.glob(f"*{suffix}"))):
            try:
                os.link(file, folder / file.name)
            except OSError:  # a file system without links
                shutil.copyfile(file, folder / file.name)
    except OSError as error:
        raise explain_os_error(error, folder) from error
