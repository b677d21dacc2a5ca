"""Work in processes: outcomes with their places, a user's mistake as an outcome, a killed worker as one line."""

import functools
import logging
import os
import signal

import pytest

from faceswap_lab.core import frame_range
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.process_pool import num_cores, run_jobs


@pytest.mark.parametrize("workers", [1, 2])
def test_outcomes_come_with_their_places(workers: int) -> None:
    jobs = ["0:2", "nonsense", "5:9"]
    make_task = functools.partial(functools.partial, frame_range.FrameRange.parse)
    outcomes = dict(run_jobs(make_task, jobs, names=jobs, workers=workers))
    assert str(outcomes[0]) == "0:2"
    assert isinstance(outcomes[1], ConfigError)
    assert "nonsense" in str(outcomes[1])
    assert str(outcomes[2]) == "5:9"


def test_a_task_that_cannot_be_made_is_said() -> None:
    make_task = functools.partial(frame_range.FrameRange.parse, "nonsense")
    with pytest.raises(ConfigError, match="nonsense"):
        list(run_jobs(make_task, ["a", "b"], names=["a", "b"], workers=2))  # type: ignore[arg-type]


def test_a_killed_worker_is_one_line() -> None:
    make_task = functools.partial(functools.partial, signal.raise_signal)
    with pytest.raises(ConfigError, match="fewer workers, it goes on where it stopped"):
        list(run_jobs(make_task, [signal.SIGKILL] * 2, names=["a", "b"], workers=2))


def test_a_fault_of_ours_keeps_its_trace() -> None:
    make_task = functools.partial(functools.partial, os.listdir)
    with pytest.raises(RuntimeError, match=r"(?s)a worker failed at a.*FileNotFoundError"):
        list(run_jobs(make_task, ["/no/such/folder", "/"], names=["a", "b"], workers=2))


def test_warnings_of_workers_are_heard(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("faceswap_lab")
    make_task = functools.partial(functools.partial, logging.Logger.warning, logger)
    with caplog.at_level(logging.WARNING):
        list(run_jobs(make_task, ["one", "two"], names=["a", "b"], workers=2))
    assert sorted(caplog.messages) == ["one", "two"]


def test_there_is_a_core() -> None:
    assert 1 <= num_cores() <= (os.cpu_count() or 1)
