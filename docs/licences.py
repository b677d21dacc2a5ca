"""Writes docs/licences.md: every package that an installation brings along, its version and its licence.

`python docs/licences.py` looks at what is installed.
"""

import importlib.metadata as metadata
import re
from pathlib import Path

OURS = "faceswap-lab"
_HEAD = """# Licences of what comes along

Made by `python docs/licences.py` from what is installed with `faceswap-lab` and all its extras; do not edit.
`pip-audit` tells of known holes in them, where the network can be reached.

| package | version | licence | needed for |
|---|---|---|---|
"""


def main() -> None:
    """Writes the table beside this file."""
    found = closure()
    rows = [
        f"| {name} | {version} | {licence} | {needed} |" for name, (version, licence, needed) in sorted(found.items())
    ]
    Path(__file__).with_name("licences.md").write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def closure() -> dict[str, tuple[str, str, str]]:
    """Version, licence and first extra (or ``core``) of every package below ours that is installed, by its name."""
    found: dict[str, tuple[str, str, str]] = {}
    queue = [(name, needed) for name, needed in _requirements(OURS, extras=True)]
    while queue:
        name, needed = queue.pop(0)
        try:
            known = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # of another system, or of an extra that is not installed
        key = _key(name)
        if key in found:
            continue
        found[key] = (known.version, licence_of(known), needed)
        queue += [(below, needed) for below, _ in _requirements(name, extras=False)]
    return found


def licence_of(package: metadata.Distribution) -> str:
    """What a package says of its licence: the expression, else the classifiers, else the first line of the field."""
    about = package.metadata
    if expression := about.get("License-Expression"):
        return expression
    named = [entry.split(" :: ")[-1] for entry in about.get_all("Classifier") or [] if entry.startswith("License ::")]
    named = [entry for entry in named if entry != "OSI Approved"]
    field = (about.get("License") or "").strip().split("\n")[0][:60]
    return ", ".join(named) or field or "not stated"


def _requirements(name: str, *, extras: bool) -> list[tuple[str, str]]:
    """Names that a package needs, each with the extra that brings it."""
    needed: list[tuple[str, str]] = []
    for line in metadata.requires(name) or []:
        extra = re.search(r"""extra\s*==\s*["']([^"']+)""", line)
        if extra is not None and not extras:
            continue
        word = re.match(r"[A-Za-z0-9._-]+", line)
        if word is not None:
            needed.append((word[0], "core" if extra is None else extra[1]))
    return sorted(needed, key=lambda one: (one[1] != "core", one[1] == "dev"))  # what users install comes first


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
