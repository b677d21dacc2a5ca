"""A bound on the memory that foreign code may take at one go, such as a graph that somebody else drew."""

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path

_STATUS = Path("/proc/self/status")


@contextlib.contextmanager
def limited_memory(more_bytes: int) -> Iterator[None]:
    """Within the block this process, all threads of it, may take so much more memory; asking for more then fails.

    A library in C++ reports that as an error of its own; Python raises MemoryError. Without effect where the system
    does not say how much is taken, or sets a tighter limit itself.

    Args:
        more_bytes: Beyond what is taken when the block begins.
    """
    taken, (soft, hard) = _taken_bytes(), resource.getrlimit(resource.RLIMIT_DATA)
    limit = None if taken is None else taken + more_bytes
    if limit is None or any(known != resource.RLIM_INFINITY and known <= limit for known in (soft, hard)):
        yield
        return
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _taken_bytes() -> int | None:
    """What counts towards the limit: the writable memory of this process, whether it was touched or not."""
    try:
        line = next(line for line in _STATUS.read_text(encoding="ascii").splitlines() if line.startswith("VmData:"))
    except (OSError, StopIteration):
        return None
    return 1024 * int(line.split()[1])
