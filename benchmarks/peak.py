"""Peak memory of a command in a process of its own."""

import subprocess
import sys
from collections.abc import Sequence

# Linux counts the memory of the process that starts another to the other's peak: the starter must be a small one.
_STARTER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


def peak_mib(words: Sequence[str]) -> float:
    """Runs ``faceswap-lab`` with the words given and states the most memory that was resident, MiB to a tenth.

    Raises:
        SystemExit: The command failed; it has said why.
    """
    line = [sys.executable, "-c", _STARTER, sys.executable, "-m", "faceswap_lab", *words]
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"`faceswap-lab {words[0]}` failed")
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, KiB elsewhere
    return round(int(done.stdout) / unit, 1)
