"""A bound on memory: it holds within its block, for all threads, and is gone afterwards, in whatever order they end."""

import multiprocessing
import resource
import threading

import numpy as np
import pytest

from faceswap_lab.core.memory_limit import limited_memory

MB = 2**20


def limit() -> int:
    return resource.getrlimit(resource.RLIMIT_DATA)[0]


def test_more_than_the_bound_is_refused_and_less_is_not() -> None:
    before = limit()
    with limited_memory(200 * MB):
        assert limit() != before
        np.zeros(50 * MB, np.uint8)
        with pytest.raises(MemoryError):
            np.zeros(400 * MB, np.uint8)
    assert limit() == before
    np.zeros(400 * MB, np.uint8)


def test_blocks_of_threads_may_end_in_any_order() -> None:
    before = limit()
    begun, may_end = threading.Event(), threading.Event()

    def other() -> None:
        with limited_memory(600 * MB):
            begun.set()
            may_end.wait(20)

    thread = threading.Thread(target=other)
    with limited_memory(100 * MB):
        inner = limit()
        thread.start()
        assert begun.wait(20)
        assert limit() > inner
        np.zeros(300 * MB, np.uint8)  # the widest of them holds
    assert limit() != before
    may_end.set()
    thread.join()
    assert limit() == before


def test_a_process_forked_off_within_a_block_is_not_bounded() -> None:
    before = limit()
    with limited_memory(200 * MB):
        context = multiprocessing.get_context("fork")
        mine, its = context.Pipe()
        process = context.Process(target=lambda: its.send(limit()))
        process.start()
        process.join(20)
    assert mine.poll()
    assert mine.recv() == before


def test_a_tighter_limit_of_the_system_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with limited_memory(10 * MB):
        taken = limit() - 10 * MB
    resource.setrlimit(resource.RLIMIT_DATA, (taken + 500 * MB, before[1]))
    try:
        with limited_memory(2**40):
            assert limit() == taken + 500 * MB
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
