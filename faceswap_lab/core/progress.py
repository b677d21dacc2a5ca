"""Progress on long work: a bar on a terminal, a plain line now and then in a log, nothing in tests."""

import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

T = TypeVar("T")

PLAIN_INTERVAL_S = 10.0
"""Seconds between two lines where standard error is not a terminal."""

logger = logging.getLogger(__name__)

Listener = Callable[[int, int | None], None]
"""Is told how many items are done, and of how many where that is known."""

_listener: Listener | None = None


def track(iterable: Iterable[T], *, total: int | None, description: str) -> Iterator[T]:
    """Yields the items and shows on standard error how many are done.

    Args:
        iterable: What is worked on; it is advanced lazily.
        total: Number of items where known.
        description: What is done, in one or two words.
    """
    if _listener is not None:
        yield from _track_told(iterable, total, _listener)
    elif sys.stderr.isatty():
        yield from _track_bar(iterable, total, description)
    else:
        yield from _track_lines(iterable, total, description)


def tell(listener: Listener | None) -> None:
    """From now on ``track`` in this process tells a listener instead of drawing; None ends that.

    For worker processes, whose progress another process draws.
    """
    global _listener
    _listener = listener


def _track_told(iterable: Iterable[T], total: int | None, listener: Listener) -> Iterator[T]:
    listener(0, total)
    for count, item in enumerate(iterable, start=1):
        yield item
        listener(count, total)


def _track_bar(iterable: Iterable[T], total: int | None, description: str) -> Iterator[T]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(description, total=total)
        for item in iterable:
            yield item
            progress.advance(task)


def _track_lines(iterable: Iterable[T], total: int | None, description: str) -> Iterator[T]:
    # Through the logger, so that tests are silent and a run's log file keeps the lines.
    start = last = time.monotonic()
    for count, item in enumerate(iterable, start=1):
        yield item
        now = time.monotonic()
        if now - last >= PLAIN_INTERVAL_S:
            last = now
            of_total = f"/{total}" if total is not None else ""
            logger.info("%s %d%s, %.0f s", description, count, of_total, now - start)
