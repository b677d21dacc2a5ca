"""Progress on long work: a bar on a terminal, a plain line now and then in a log, nothing in tests."""

import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

T = TypeVar("T")

PLAIN_INTERVAL_S = 10.0
"""Seconds between two lines where standard error is not a terminal."""

logger = logging.getLogger(__name__)

Listener = Callable[[int, int | None], None]
"""Is told how many items are done, and of how many where that is known."""

_listener: Listener | None = None


def track(
    iterable: Iterable[T], *, total: int | None, description: str, unit: str | None = None, done: int = 0
) -> Iterator[T]:
    """Yields the items and shows on standard error how many are done, and the time that is left.

    Args:
        iterable: What is worked on; it is advanced lazily.
        total: Number of items where known.
        description: What is done, in one or two words.
        unit: What the items are, to show how many are done a second; None: not shown.
        done: How many of the total were done before.
    """
    if _listener is not None:
        yield from _track_told(iterable, total, done, _listener)
    elif sys.stderr.isatty():
        yield from _track_bar(iterable, total, description, unit, done)
    else:
        yield from _track_lines(iterable, total, description, unit, done)


def tell(listener: Listener | None) -> None:
    """From now on ``track`` in this process tells a listener instead of drawing; None ends that.

    For worker processes, whose progress another process draws.
    """
    global _listener
    _listener = listener


def _track_told(iterable: Iterable[T], total: int | None, done: int, listener: Listener) -> Iterator[T]:
    listener(done, total)
    for count, item in enumerate(iterable, start=done + 1):
        yield item
        listener(count, total)


def _track_bar(iterable: Iterable[T], total: int | None, description: str, unit: str | None, done: int) -> Iterator[T]:
    columns: list[ProgressColumn] = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    columns += [] if unit is None else [_Rate(unit)]
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(description, total=total, completed=done)
        for item in iterable:
            yield item
            progress.advance(task)


class _Rate(ProgressColumn):
    """Items a second, of late."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.1f} {self._unit}/s")


def _track_lines(
    iterable: Iterable[T], total: int | None, description: str, unit: str | None, done: int
) -> Iterator[T]:
    # Through the logger, so that tests are silent and a run's log file keeps the lines.
    start = last = time.monotonic()
    for count, item in enumerate(iterable, start=1):
        yield item
        now = time.monotonic()
        if now - last >= PLAIN_INTERVAL_S:
            last = now
            of_total = f"/{total}" if total is not None else ""
            text = f"{description} {done + count}{of_total}, {now - start:.0f} s"
            rate = count / (now - start)
            text += f", {rate:.1f} {unit}/s" if unit is not None else ""
            text += f", {max(0, total - done - count) / rate:.0f} s left" if total is not None else ""
            logger.info("%s", text)
