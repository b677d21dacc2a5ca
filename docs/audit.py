"""Asks whether installed packages have known holes: `make audit`, which runs `pip-audit` and tells what it found.

Exit codes: 0 nothing known, or, as the one line then says, nobody could be asked; 1 at least one hole.
"""

import json
import subprocess
import sys
from typing import Any

SERVICES = ("pypi", "osv")
_SECONDS = 15  # to wait for a service's answer


def main() -> int:
    """Asks one service after the other until one answers, and prints what it said."""
    for service in SERVICES:
        answer = ask(service)
        if answer is not None:
            found = lines(answer)
            sys.stdout.write("".join(f"{line}\n" for line in found))
            return 1 if found[:-1] else 0
    sys.stdout.write(f"audit: none of the services {', '.join(SERVICES)} can be reached: nothing was checked\n")
    return 0


def ask(service: str) -> dict[str, Any] | None:
    """What ``pip-audit`` says of the packages beside it, or None where its service does not answer.

    Raises:
        SystemExit: ``pip-audit`` is not installed.
    """
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", service, "--timeout", str(_SECONDS)]
    command += ["--format", "json", "--progress-spinner", "off", "--skip-editable"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No module named pip_audit" in done.stderr:
        raise SystemExit("audit: pip-audit is not installed; pip install 'faceswap-lab[dev]'")
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and "dependencies" in answer else None


def lines(answer: dict[str, Any]) -> list[str]:
    """A line for each hole, and one that counts."""
    known = [package for package in answer["dependencies"] if "vulns" in package]
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}, mended in {mended}"
        for package in known
        for hole in package["vulns"]
        for mended in [", ".join(hole["fix_versions"]) or "no version"]
    ]
    return [*holes, f"audit: {len(known)} packages, {len(holes)} known holes"]


if __name__ == "__main__":
    raise SystemExit(main())
