"""Settings and fixtures that every test shares: no network, one thread, real footage where it is given."""

import os

# Before any import of albumentations or wandb, which look at them when they are loaded.
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
os.environ["WANDB_MODE"] = "disabled"
os.environ.setdefault("OMP_NUM_THREADS", "1")

import contextlib
import logging
import multiprocessing
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    import cv2
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closes internet sockets; local ones stay open, since worker processes talk through them."""
    if request.node.get_closest_marker("network"):
        return
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"a test tried to reach {address}; mark it `network` if it must")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True, scope="session")
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keys and index of the tests lie in a folder of theirs, not in the home of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name)))
        yield


@pytest.fixture(scope="session")
def footage_dir() -> Path:
    """The folder of real footage; tests that need it are skipped where FACESWAP_LAB_FOOTAGE is not set."""
    folder = os.environ.get("FACESWAP_LAB_FOOTAGE")
    if not folder:
        pytest.skip("FACESWAP_LAB_FOOTAGE is not set: real footage is not part of the repository")
    if not Path(folder).is_dir():
        pytest.skip(f"FACESWAP_LAB_FOOTAGE={folder} is not a folder")
    return Path(folder)


class CliResult(NamedTuple):
    """What a command left: its exit code and all that it wrote."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture
def run_cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., CliResult]]:
    """Runs the command line in this process: ``run_cli(["extract", f"footage={clip}"])``."""
    from faceswap_lab.cli import main

    # Hydra reads the program's name and arguments from here.
    monkeypatch.setattr(sys, "argv", ["faceswap-lab"])
    ours = logging.getLogger("faceswap_lab")
    handlers, level, propagate = list(ours.handlers), ours.level, ours.propagate

    def run(arguments: list[Any]) -> CliResult:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return CliResult(code, captured.out, captured.err)

    yield run
    ours.handlers, ours.propagate = handlers, propagate
    ours.setLevel(level)


_IN_A_CHILD = """
import os, sys
os.setsid()
said = os.open({log!r}, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.dup2(said, 1)
os.dup2(said, 2)
from faceswap_lab.cli import main
sys.exit(main({words!r}))
"""


@pytest.fixture
def kill_loop(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., int]:
    """SIGKILL at 20 random points of a command, its rerun compared with an undisturbed run each time.

    ``kill_loop(words, check, whole=…, targets=…, seed=…)``: ``words(target)`` are those of a command line that makes a
    target, without the program's name; ``check(target)`` compares a target with ``whole`` once its command has ended
    well. The points lie one in each twentieth of the time that the undisturbed run takes. Every target is killed twice
    before its rerun, in half of the cases with all processes that it began. Returns how many kills hit a running
    process. The commands run in processes of their own that come with everything imported, so that none of the points
    lies in the imports, which write nothing.
    """
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload([f"faceswap_lab.commands.{name}" for name in ("extract", "faces", "train", "convert")])
    log = tmp_path_factory.mktemp("kill_loop") / "said.txt"

    def start(words: list[str]) -> Any:
        process = forks.Process(target=exec, args=(_IN_A_CHILD.format(log=str(log), words=words),))
        process.start()
        return process

    def run_whole(words: list[str]) -> None:
        process = start(words)
        process.join()
        assert process.exitcode == 0, log.read_text()

    def kill(process: Any, *, with_children: bool) -> None:
        with contextlib.suppress(ProcessLookupError):  # it may end by itself just now
            os.kill(process.pid, signal.SIGKILL)
        if with_children:
            with contextlib.suppress(ProcessLookupError):  # it has none, or it had no time to have any
                os.killpg(process.pid, signal.SIGKILL)
        process.join()

    def loop(
        words: Callable[[Path], list[str]],
        check: Callable[[Path], None],
        *,
        whole: Path,
        targets: Callable[[int], Path],
        seed: int,
        points: int = 20,
    ) -> int:
        start(["--version"]).join()  # the imports
        choose, started = random.Random(seed), time.monotonic()
        run_whole(words(whole))
        took_s = time.monotonic() - started
        at_s = [took_s * (point + choose.random()) / points for point in range(points)]
        choose.shuffle(at_s)
        num_killed = 0
        for number in range(points // 2):
            target = targets(number)
            for moment in at_s[2 * number : 2 * number + 2]:
                process = start(words(target))
                process.join(moment)
                num_killed += process.is_alive()
                kill(process, with_children=choose.random() < 0.5)
            run_whole(words(target))
            check(target)
        return num_killed

    return loop
