"""A real SIGKILL in the middle of `faces sort`: the set stays whole, and the next run ends where a whole run would."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from faceswap_lab.data.portrait import load_portrait
from faceswap_lab.faces.consent_binding import require_faceset_consent
from faceswap_lab.faces.curation.check import check as look_at
from faceswap_lab.faces.curation.order import read_order
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.media.images import write_image


def rows(faceset: Faceset) -> list[tuple[object, ...]]:
    """All of a set's rows, their vectors among them, as they lie in its tables."""
    with faceset.database.reading() as connection:
        vectors = connection.execute("SELECT * FROM crop_embeddings ORDER BY face").fetchall()
        return connection.execute("SELECT * FROM faces ORDER BY id").fetchall() + vectors


@pytest.mark.crash
@pytest.mark.timeout(1200)
def test_killed_at_twenty_points_it_ends_as_a_whole_run(
    faceset: Faceset, tmp_path: Path, kill_loop: Callable[..., int]
) -> None:
    """By likeness, which computes a vector of every face and keeps it."""
    picture = tmp_path / "reference.png"
    write_image(picture, load_portrait("astronaut").image)

    def copy(name: str) -> Path:
        return shutil.copytree(faceset.path, tmp_path / name)

    def sort(target: Path) -> list[str]:
        words = [f"faceset={target}", "by=similarity", f"reference={picture}"]
        return ["faces", "sort", *words]

    def check(target: Path) -> None:
        one, other = Faceset.open(target), Faceset.open(whole)
        assert read_order(one) == read_order(other)
        assert rows(one) == rows(other)
        assert one.content_hash() == other.content_hash() == faceset.content_hash()
        assert look_at(one).faults() == []
        for name in ("identity.yaml", "datasheet.md"):
            assert (target / name).read_bytes() == (faceset.path / name).read_bytes()
        require_faceset_consent(one)

    whole = copy("whole")
    targets = lambda number: copy(f"killed_{number}")  # noqa: E731
    assert kill_loop(sort, check, whole=whole, targets=targets, seed=4) >= 12
    assert len(read_order(Faceset.open(whole))[1]) == 24
