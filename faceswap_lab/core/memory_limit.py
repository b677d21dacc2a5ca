"""A bound on the memory that foreign code may take at one go, such as a graph that somebody else drew."""

import contextlib
import os
import resource
import threading
from collections.abc import Iterator
from pathlib import Path

_STATUS = Path("/proc/self/status")


@contextlib.contextmanager
def limited_memory(more_bytes: int) -> Iterator[None]:
    """Within the block this process, all threads of it, may take so much more memory; asking for more then fails.

    A library in C++ reports that as an error of its own; Python raises MemoryError. Without effect where the system
    does not say how much is taken, or sets a tighter limit itself. Where blocks of several threads overlap, the widest
    of their limits holds.

    Args:
        more_bytes: Beyond what is taken when the block begins.
    """
    taken = _taken_bytes()
    limit = None if taken is None else taken + more_bytes
    if limit is None:
        yield
        return
    _blocks.enter(limit)
    try:
        yield
    finally:
        _blocks.leave(limit)


class _Blocks:
    """The limits of the blocks under way in all threads, and the limit that was there before them."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._lock = threading.Lock()
        self._limits: list[int] = []
        self._before = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)

    def enter(self, limit: int) -> None:
        with self._lock:
            if not self._limits:
                self._before = resource.getrlimit(resource.RLIMIT_DATA)
            self._limits.append(limit)
            self._set()

    def leave(self, limit: int) -> None:
        with self._lock:
            self._limits.remove(limit)
            self._set()

    def forget(self) -> None:
        """In a process that was forked off meanwhile, which has none of the blocks."""
        if self._limits:
            resource.setrlimit(resource.RLIMIT_DATA, self._before)
        self.clear()

    def _set(self) -> None:
        soft, hard = self._before
        limit = max(self._limits, default=soft)
        tighter = [known for known in (soft, hard) if known != resource.RLIM_INFINITY and known <= limit]
        resource.setrlimit(resource.RLIMIT_DATA, (soft if tighter else limit, hard))


_blocks = _Blocks()
os.register_at_fork(after_in_child=_blocks.forget)


def _taken_bytes() -> int | None:
    """What counts towards the limit: the writable memory of this process, whether it was touched or not."""
    try:
        line = next(line for line in _STATUS.read_text(encoding="ascii").splitlines() if line.startswith("VmData:"))
    except (OSError, StopIteration):
        return None
    return 1024 * int(line.split()[1])
