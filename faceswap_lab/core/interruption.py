"""Ctrl-C at a place where stopping leaves something whole, instead of in the middle of a call."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """The user stopped a long job; the message says in one line what is left of it."""


class Interruption:
    """Whether the user has asked for an end."""

    def __init__(self) -> None:
        self.is_wanted = False


@contextmanager
def hold_back_interrupts() -> Iterator[Interruption]:
    """Within the block the first Ctrl-C only sets ``is_wanted``; a second one raises KeyboardInterrupt as ever.

    Outside of the main thread, where signals never arrive, it changes nothing.
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: FrameType | None) -> None:
        interruption.is_wanted = True
        signal.signal(signal.SIGINT, before)

    if before is None or before is signal.SIG_IGN:  # not ours to take: a job that runs in the background
        yield interruption
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, before)
