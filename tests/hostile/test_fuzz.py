"""Every reader of foreign files gives a value or an error of ours, whatever it is given; see also ``make fuzz``."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.hostile.readers import READERS
from tests.hostile.wholes import Wholes

FOUND = Path(__file__).parent / "found"
"""Files that once came through, by reader: ``<reader>/<hash>``."""


@pytest.fixture(scope="session")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> Wholes:
    return Wholes(tmp_path_factory.mktemp("wholes"))


@pytest.mark.parametrize("name", list(READERS))
def test_what_is_nearly_whole_is_read_or_refused(name: str, wholes: Wholes) -> None:
    reader = READERS[name](wholes)

    @settings(max_examples=4, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(reader.examples)
    def read(content: bytes) -> None:
        reader.holds(content)

    read()


@pytest.mark.parametrize("path", sorted(FOUND.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_found_once_is_read_or_refused(path: Path, wholes: Wholes) -> None:
    READERS[path.parent.name](wholes).holds(path.read_bytes())
