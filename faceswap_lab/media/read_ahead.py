"""Reading a few frames ahead in a thread: decoding and whatever is done with the frames share the cores."""

import queue
import threading
from collections.abc import Generator, Iterable
from typing import TypeVar

T = TypeVar("T")

_END = object()


def read_ahead(items: Iterable[T], num_ahead: int = 4) -> Generator[T, None, None]:
    """Yields the items in order while a thread fetches the next ones; errors come where they would without it.

    Args:
        items: Read by one thread from front to back; closed when the reader ends or is closed early.
        num_ahead: How many items may wait, 1 or more; frames take their pixels' memory each.
    """
    waiting: queue.Queue[object] = queue.Queue(num_ahead)
    stop = threading.Event()

    def put(item: object) -> bool:
        while not stop.is_set():
            try:
                waiting.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def fetch() -> None:
        iterator = iter(items)
        try:
            for item in iterator:
                if not put((item, None)):
                    break
            put((_END, None))
        except BaseException as error:  # handed over, and raised by the reader
            put((_END, error))
        finally:
            if isinstance(iterator, Generator):
                iterator.close()

    thread = threading.Thread(target=fetch, name="read-ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, error = waiting.get()  # type: ignore[misc]
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        stop.set()
        thread.join()
