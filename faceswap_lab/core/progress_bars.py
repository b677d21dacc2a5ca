"""Progress of several things at once: a bar each on a terminal, now and then a line of them all in a log."""

import logging
import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from faceswap_lab.core.progress import PLAIN_INTERVAL_S

_WIDTH = 32  # of a name, characters

logger = logging.getLogger(__name__)


class ProgressBars:
    """Bars that come with the first news of a name and go when it is finished, below one for the whole.

    Args:
        total: How many names there will be.
        description: What they are, in one word.
    """

    def __init__(self, total: int, description: str) -> None:
        self._total, self._description = total, description
        self._num_finished = 0
        self._counts: dict[str, int] = {}
        self._start = self._last = time.monotonic()
        self._tasks: dict[str, TaskID] = {}
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._progress = Progress(*columns, console=Console(stderr=True))
            self._progress.start()
            self._whole = self._progress.add_task(self._description, total=self._total)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def update(self, name: str, done: int, total: int | None) -> None:
        """Notes how far one of them is."""
        self._counts[name] = done
        if self._progress is None:
            self._say()
            return
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name[-_WIDTH:], total=total)
        self._progress.update(self._tasks[name], completed=done, total=total)

    def finish(self, name: str) -> None:
        """Notes that one is done with."""
        self._num_finished += 1
        if self._progress is not None:
            if name in self._tasks:
                self._progress.remove_task(self._tasks.pop(name))
            self._progress.advance(self._whole)

    def _say(self) -> None:
        now = time.monotonic()
        if now - self._last >= PLAIN_INTERVAL_S:
            self._last = now
            of_all = f"{self._num_finished}/{self._total}"
            logger.info(
                "%s %s, %d frames, %.0f s", self._description, of_all, sum(self._counts.values()), now - self._start
            )
