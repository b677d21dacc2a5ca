"""The list of licences names every package that the project asks for, and none whose licence would bind ours."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (ROOT / "docs" / "licences.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| package")
]


def test_every_core_dependency_is_listed_with_a_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = {row[0]: row[2] for row in ROWS}
    for line in project["dependencies"]:
        name = re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", line)[0]).lower()  # type: ignore[index]
        assert name in listed, f"{name} is not listed: run `python docs/licences.py`"
        assert listed[name]


def test_no_core_package_is_under_a_licence_that_binds_the_whole() -> None:
    for name, _, licence, needed in ROWS:
        if needed == "core":
            strong = re.search(r"\b(A?GPL|GNU (Affero )?General Public)", licence) and "Lesser" not in licence
            assert not strong, f"{name}: {licence}"
