"""Reading ahead: same items, same errors, and the source is closed."""

import threading
from collections.abc import Iterator

import pytest

from faceswap_lab.media.read_ahead import read_ahead


def test_items_come_in_order() -> None:
    assert list(read_ahead(range(100), num_ahead=3)) == list(range(100))
    assert list(read_ahead([])) == []


def test_an_error_comes_after_the_items_before_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    items = read_ahead(broken())
    assert next(items) == 1
    with pytest.raises(ValueError, match="broken"):
        next(items)


def test_closing_early_closes_the_source_and_ends_the_thread() -> None:
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 0
        finally:
            closed.set()

    before = threading.active_count()
    items = read_ahead(endless(), num_ahead=2)
    assert next(items) == 0
    items.close()
    assert closed.is_set()
    assert threading.active_count() == before


def test_no_more_than_asked_for_is_read_ahead() -> None:
    read: list[int] = []

    def counted() -> Iterator[int]:
        for index in range(50):
            read.append(index)
            yield index

    for index in read_ahead(counted(), num_ahead=3):
        assert len(read) <= index + 3 + 2
