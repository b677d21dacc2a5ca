"""Work spread over processes, one job at a time each, in a way that survives being killed.

Each worker has a pipe of its own. It learns from the pipe's end that its master is gone, however that died, and the
master learns in the same way that a worker is. Nothing is shared, so no lock can stay taken.
"""

import logging
import multiprocessing
import os
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from faceswap_lab.core.errors import ConfigError, FaceswapLabError
from faceswap_lab.core.progress import tell
from faceswap_lab.core.progress_bars import ProgressBars

J = TypeVar("J")
R = TypeVar("R")

Task = Callable[[J], R]

_REPORT_S = 0.1
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

logger = logging.getLogger("faceswap_lab")


def num_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_jobs(
    make_task: Callable[[], Task[J, R]], jobs: Sequence[J], *, names: Sequence[str], workers: int
) -> Generator[tuple[int, R | FaceswapLabError], None, None]:
    """Runs jobs in processes and yields their places and outcomes as they end; a user's mistake is an outcome.

    Args:
        make_task: Makes, in each process, what turns a job into a result; can be pickled, as can jobs and results.
        jobs: What is to be done.
        names: Names of the jobs for the progress, no two the same.
        workers: Number of processes; 1 works in this one.

    Raises:
        ConfigError: A worker was killed from outside.
        FaceswapLabError: The task cannot be made.
    """
    workers = min(workers, len(jobs))
    if workers <= 1:
        task = make_task()
        for place, job in enumerate(jobs):
            yield place, _outcome(task, job)
        return
    with ProgressBars(len(jobs), "clips") as bars, _workers(make_task, workers) as pool:
        waiting, working = deque(range(len(jobs))), dict[Connection, int]()
        for worker in pool:
            place = working[worker.pipe] = waiting.popleft()
            _send(worker.pipe, jobs[place])
        while working:
            for pipe in wait(list(working)):
                assert isinstance(pipe, Connection)
                place = working[pipe]
                kind, content = _receive(pipe)
                if kind == "frames":
                    bars.update(names[place], *content)
                elif kind == "log":
                    logger.log(content[0], "%s", content[1])
                elif kind == "fault":
                    raise RuntimeError(f"a worker failed at {names[place]}:\n{content}")
                elif kind == "unable":
                    raise content
                else:
                    bars.finish(names[place])
                    del working[pipe]
                    yield place, content
                    if waiting:
                        place = working[pipe] = waiting.popleft()
                        _send(pipe, jobs[place])


def _send(pipe: Connection, job: object) -> None:
    with suppress(OSError):  # receiving will tell that the worker is gone
        pipe.send((job,))


def _receive(pipe: Connection) -> tuple[str, Any]:
    try:
        return pipe.recv()
    except (EOFError, OSError) as error:
        raise ConfigError(
            "a worker process was killed, most likely for lack of memory; run the same command again with fewer "
            "workers, it goes on where it stopped"
        ) from error


def _outcome(task: Task[J, R], job: J) -> R | FaceswapLabError:
    try:
        return task(job)
    except FaceswapLabError as error:
        return error


@dataclass(frozen=True, slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection


@contextmanager
def _workers(make_task: Callable[[], Task[J, R]], count: int) -> Iterator[list[_Worker]]:
    # Spawned, not forked: a fork copies locks that threads of the numerical libraries may hold.
    context = multiprocessing.get_context("spawn")
    pool: list[_Worker] = []
    try:
        with _one_thread_each():
            for _ in range(count):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs, make_task), daemon=True)
                process.start()
                theirs.close()  # or the end of the worker would not end the pipe
                pool.append(_Worker(process, ours))
        yield pool
    finally:
        for worker in pool:
            worker.process.terminate()  # also after success: an idle worker has nothing to lose
            worker.pipe.close()
        for worker in pool:
            worker.process.join()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """With a worker a core, more threads would only be in each other's way; read when the libraries are loaded."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _Reporter(logging.Handler):
    """A worker's side: does jobs and tells of them."""

    def __init__(self, pipe: Connection) -> None:
        super().__init__()
        self.pipe, self._last = pipe, 0.0

    def emit(self, record: logging.LogRecord) -> None:
        self.pipe.send(("log", (record.levelno, record.getMessage())))

    def frames(self, done: int, total: int | None) -> None:
        if time.monotonic() - self._last >= _REPORT_S:
            self._last = time.monotonic()
            self.pipe.send(("frames", (done, total)))

    def do(self, make_task: Callable[[], Task[Any, Any]]) -> None:
        try:
            task = make_task()
        except FaceswapLabError as error:
            self.pipe.send(("unable", error))
            return
        while True:
            (job,) = self.pipe.recv()  # in a tuple, so that any job can be sent
            self.pipe.send(("done", _outcome(task, job)))


def _work(pipe: Connection, make_task: Callable[[], Task[J, R]]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the master ends its workers
    reporter = _Reporter(pipe)
    logger.setLevel(logging.INFO)
    logger.propagate, logger.handlers = False, [reporter]
    tell(reporter.frames)
    try:
        reporter.do(make_task)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(1)  # the master is gone
    except Exception:
        pipe.send(("fault", traceback.format_exc()))
