"""Commands that meet files made to harm: run apart, with bounds on their time and memory, and looked at afterwards."""

import json
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.hostile.apart import MODULES, run

MOST_MB = 400
"""How much more memory a command may take than Python with all our libraries, where a test says nothing else."""

MOST_S = 60
_POLL_S = 0.02


class Outcome(NamedTuple):
    """What a command left: its exit code, what it wrote, and the memory that it took beyond what was loaded before."""

    code: int
    stdout: str
    stderr: str
    more_mb: float


@pytest.fixture(scope="session")
def _parting() -> Any:
    """Where processes part: a fresh one with our libraries loaded, and without the threads that a test run has."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(MODULES)
    return context


@pytest.fixture
def run_apart(_parting: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Outcome]:
    """``run_apart(["verify", path])`` runs a command in a process of its own, which is killed if it takes too long."""

    def apart(arguments: list[Any], *, most_s: float = MOST_S) -> Outcome:
        report = str(tmp_path_factory.mktemp("report") / "of")
        words = [str(argument) for argument in arguments]
        process = _parting.Process(target=run, args=(words, os.getcwd(), dict(os.environ), report))
        process.start()
        for _ in range(round(most_s / _POLL_S)):  # not by the clock, which goes on while a test run is suspended
            process.join(_POLL_S)
            if process.exitcode is not None:
                break
        else:
            process.kill()
            process.join()
            pytest.fail(f"{words}: still running after {most_s} s")
        stdout, stderr = (Path(report + suffix).read_text(encoding="utf-8") for suffix in (".out", ".err"))
        assert process.exitcode == 0, f"{words}: killed by {process.exitcode}: {stderr}"
        left = json.loads(Path(f"{report}.json").read_text(encoding="ascii"))
        return Outcome(left["code"], stdout, stderr, left["more_mb"])

    return apart


@pytest.fixture
def refused(run_apart: Callable[..., Outcome], tmp_path: Path) -> Callable[..., str]:
    """``refused(arguments)`` asserts that a command ends with 2, one line and nothing written, and returns the line."""

    def meets_refusal(arguments: list[Any], *, most_mb: float = MOST_MB, most_s: float = MOST_S) -> str:
        before = _below(tmp_path)
        outcome = run_apart(arguments, most_s=most_s)
        said = outcome.stderr
        assert outcome.code == 2, said
        assert said.startswith("error: "), said
        assert said.count("\n") == 1, said
        assert "Traceback" not in said
        assert _below(tmp_path) == before
        assert outcome.more_mb < most_mb, f"{outcome.more_mb:.0f} MB: {said}"
        return said.removeprefix("error: ").rstrip("\n")

    return meets_refusal


def _below(folder: Path) -> dict[Path, tuple[int, int]]:
    """Everything in a folder, with sizes and times of change; databases' own helpers come and go."""
    found = (path for path in folder.rglob("*") if not path.name.endswith(("-wal", "-shm", "-journal")))
    return {path: (state.st_size, state.st_mtime_ns) for path in found if (state := path.lstat()) and path.is_file()}


@pytest.fixture
def pipe(tmp_path: Path) -> Callable[[str], Path]:
    """``pipe("clip.mp4")`` makes a pipe into which nobody ever writes."""

    def make(name: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        return path

    return make
