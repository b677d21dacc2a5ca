"""One command in a process of its own, which reports what it took of memory."""

import json
import os
import resource
import traceback
from pathlib import Path

from faceswap_lab.cli import main

MODULES = ["faceswap_lab.cli", "torch", "cv2", "av", "hydra", "faceswap_lab.core.compose", "tests.hostile.apart"]
"""What is loaded once, before the processes part."""

_MOST_BYTES = 8 * 2**30  # so that a test that fails does not take the machine along


def resident_mb() -> float:
    """Memory of this process as it is now."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) / 1024


def run(arguments: list[str], folder: str, environment: dict[str, str], report: str) -> None:
    """Runs the command line and ends the process.

    Args:
        arguments: Of the command line.
        folder: Where it runs.
        environment: Its variables.
        report: Where its output and what it took are written: ``.out``, ``.err`` and ``.json``.
    """
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for stream, suffix in ((1, ".out"), (2, ".err")):
        os.dup2(os.open(report + suffix, os.O_WRONLY | os.O_CREAT), stream)
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_BYTES, _MOST_BYTES))
    before = resident_mb()
    try:
        code = main(arguments)
    except BaseException:
        traceback.print_exc()
        code = 1
    more_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    Path(f"{report}.json").write_text(json.dumps({"code": code, "more_mb": more_mb}), encoding="ascii")
    os._exit(0)
