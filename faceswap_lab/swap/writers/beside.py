"""All outputs beside a converted clip, opened, fed, signed and put in place together with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from faceswap_lab.core.errors import OutputError
from faceswap_lab.core.files import check_output
from faceswap_lab.media.joining import Segment
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap.staging import staged
from faceswap_lab.swap.writers.companion import Companion, Scene, Shot
from faceswap_lab.swap.writers.parts import PartWriting

SignBeside = Callable[[Path, Path, str], None]
"""Writes the manifest of a finished file or folder that is about to take its name; the last is a note on its marks."""


class Beside:
    """The companions of one output.

    Args:
        companions: Which.
        output: The converted clip.
    """

    def __init__(self, companions: Sequence[Companion], output: Path) -> None:
        self._companions = companions
        self.paths = [companion.path(output) for companion in companions]
        self._replaced: set[Path] = set()

    @property
    def needs_workings(self) -> bool:
        """Whether patches have to tell what they were made of."""
        return any(companion.needs_workings for companion in self._companions)

    def check(self, inputs: Sequence[Path], marks: Marks, is_ours: Callable[[Path], bool]) -> None:
        """Refuses what could not be written or signed, before any work is done.

        Args:
            inputs: What is read.
            marks: What the clip carries.
            is_ours: Whether a folder that holds files is what a run of the same arguments left, which was killed before
                all was in its place; then it is replaced.

        Raises:
            ConfigError: A companion would be a way round the marks.
            OutputError: It would overwrite an input or another folder that holds files, or cannot be written.
        """
        self._replaced = set()
        for companion, path in zip(self._companions, self.paths, strict=True):
            companion.check(marks)
            check_output(path, inputs)
            if path.is_dir() and any(path.iterdir()):
                if not is_ours(path):
                    raise OutputError(f"{path}: already holds files; choose another output or remove it")
                self._replaced.add(path)

    @contextmanager
    def open(self, scene: Scene, sign: SignBeside) -> Iterator[Callable[[Shot], None]]:
        """Yields what takes the shots; at the end all companions appear, or none.

        Raises:
            OutputError: One cannot be written.
        """
        with ExitStack() as stages:
            staging = self._staged(stages)
            with ExitStack() as sinks:
                writers = [
                    sinks.enter_context(companion.open(stage, scene))
                    for companion, stage in zip(self._companions, staging, strict=True)
                ]

                def show(shot: Shot) -> None:
                    for writer in writers:
                        writer.write(shot)

                yield show
            for companion, stage, path in zip(self._companions, staging, self.paths, strict=True):
                sign(stage, path, companion.note)

    def in_parts(self, scene: Scene, memories: Sequence[Any] = ()) -> PartWriting:
        """What writes the companions in parts.

        Args:
            scene: What is known.
            memories: ``PartWriting.memories`` of an earlier run that is gone on with.
        """
        return PartWriting(self._companions, scene, memories)

    @contextmanager
    def joined(self, parts: Sequence[Sequence[Segment]], scene: Scene, sign: SignBeside) -> Iterator[None]:
        """Joins each companion's parts; at the end of the block all companions appear, or none.

        Raises:
            OutputError: One cannot be written.
        """
        with ExitStack() as stages:
            staging = self._staged(stages)
            for companion, some, stage, path in zip(self._companions, parts, staging, self.paths, strict=True):
                companion.join(some, stage, scene)
                sign(stage, path, companion.note)
            yield

    def _staged(self, stages: ExitStack) -> list[Path]:
        return [stages.enter_context(staged(path, replaces_folder=path in self._replaced)) for path in self.paths]
