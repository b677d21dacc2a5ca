"""``make fuzz``: gives every reader of foreign files nearly whole ones for some minutes, and keeps what comes through.

    python -m tests.hostile.fuzz minutes=10 [reader=NAME]

What is found is written below ``tests/hostile/found``, where the tests take it from; the exit code is 1 then.
"""

import hashlib
import logging
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from tests.hostile.readers import READERS, Reader
from tests.hostile.wholes import Wholes

FOUND = Path(__file__).parent / "found"
_EXAMPLES = 60  # at a time
_PHASES = (Phase.generate, Phase.shrink)


def main(words: list[str]) -> int:
    """Fuzzes and returns 1 where something was found."""
    given_words = dict(word.split("=", 1) for word in words)
    seconds, names = 60 * float(given_words.get("minutes", 10)), list(READERS)
    if "reader" in given_words:
        names = [given_words["reader"]]
    logging.getLogger("faceswap_lab").setLevel(logging.CRITICAL)
    found, counts = 0, dict.fromkeys(names, 0)
    with tempfile.TemporaryDirectory() as folder:
        for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[variable] = str(Path(folder) / variable)
        wholes, deadline = Wholes(Path(folder)), time.monotonic() + seconds
        readers = {name: READERS[name](wholes) for name in names}
        while time.monotonic() < deadline:
            for name, reader in readers.items():
                if time.monotonic() < deadline:
                    found += _ask(name, reader, counts)
    for name, count in counts.items():
        sys.stdout.write(f"{count:7d}  {name}\n")
    sys.stdout.write(f"{sum(counts.values())} files in {seconds / 60:g} minutes, {found} came through\n")
    return 1 if found else 0


def _ask(name: str, reader: Reader, counts: dict[str, int]) -> int:
    last = b""

    @settings(
        max_examples=_EXAMPLES, deadline=None, database=None, phases=_PHASES, suppress_health_check=list(HealthCheck)
    )
    @given(reader.examples)
    def read(content: bytes) -> None:
        nonlocal last
        last, counts[name] = content, counts[name] + 1
        reader.holds(content)

    try:
        read()
    except Exception:
        kept = FOUND / name / hashlib.sha256(last).hexdigest()[:12]
        kept.parent.mkdir(parents=True, exist_ok=True)
        is_new = not kept.exists()
        kept.write_bytes(last)
        if is_new:
            sys.stdout.write(f"{name}: {kept}\n{traceback.format_exc(limit=-6)}\n")
            sys.stdout.flush()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
