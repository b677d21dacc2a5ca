"""Settings and fixtures that every test shares: no network, one thread, real footage where it is given."""

import os

# Before any import of albumentations or wandb, which look at them when they are loaded.
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
os.environ["WANDB_MODE"] = "disabled"
os.environ.setdefault("OMP_NUM_THREADS", "1")

import logging
import socket
import sys
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
