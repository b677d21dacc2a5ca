"""Rejecting without deleting: what counts, what the journal takes back, what older sets grow."""

import logging
import sqlite3
from dataclasses import fields
from pathlib import Path

import pytest

from faceswap_lab.core.errors import FacesetError
from faceswap_lab.faces.curation.marks import journal, mark, undo
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import (
    ADDED_COLUMNS,
    COLUMNS,
    SCHEMA_VERSION,
    FaceRow,
    row_from_sql,
    row_to_sql,
)


def frames(faceset: Faceset) -> list[int]:
    return [row.frame_index for row in faceset.rows()]


def test_rejected_faces_do_not_count_and_come_back(faceset: Faceset) -> None:
    before = faceset.content_hash()
    assert mark(faceset, [1, 2, 2, 99], rejected=True, what="test") == 2
    assert len(faceset) == 22
    assert frames(faceset) == list(range(2, 24))
    assert len(faceset.rows(include_rejected=True)) == 24
    assert [row.rejected for row in faceset.rows(include_rejected=True)] == [True, True] + [False] * 22
    media = faceset.identity.media[0].sha256
    assert len(faceset.rows_for_media(media)) == 22
    assert len(faceset.rows_for_media(media, include_rejected=True)) == 24
    assert faceset.content_hash() != before
    assert mark(Faceset.open(faceset.path), [1, 2], rejected=False, what="back") == 2
    assert faceset.content_hash() == before
    assert len(list((faceset.path / "crops").iterdir())) == 24, "no picture is deleted"


def test_undo_takes_back_one_change_after_the_other(faceset: Faceset) -> None:
    mark(faceset, [1, 2], rejected=True, what="first")
    mark(faceset, [2, 3], rejected=True, what="second")
    mark(faceset, [1], rejected=False, what="third")
    assert mark(faceset, [1], rejected=False, what="nothing") == 0
    assert [change.what for change in journal(faceset)] == ["third", "second", "first"]
    assert undo(faceset).what == "third"
    assert frames(faceset) == list(range(3, 24))
    assert undo(faceset).what == "second"
    assert frames(faceset) == list(range(2, 24)), "row 2 was rejected by the first change already"
    assert undo(faceset).what == "first"
    assert len(faceset) == 24
    with pytest.raises(FacesetError, match="no change to take back"):
        undo(faceset)


@pytest.mark.parametrize(
    "before",
    [
        *("[]", "3", "no", '{"rejected": 1}', '{"rejected": [1e400]}', '{"order": {}}', f'{{"accepted": [{2**64}]}}'),
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_a_damaged_journal_takes_nothing_back(faceset: Faceset, before: str) -> None:
    mark(faceset, [1, 2], rejected=True, what="test")
    with faceset.database.writing() as connection:
        connection.execute("UPDATE journal SET before = ?", (before,))
    with pytest.raises(FacesetError, match=r"what faces\.sqlite notes of the last change is damaged; restore the file"):
        undo(faceset)
    assert frames(faceset) == list(range(2, 24))
    assert len(journal(faceset)) == 1


def test_it_is_one_file_again_after_a_change(faceset: Faceset) -> None:
    mark(faceset, [1], rejected=True, what="test")
    files = ["crops", "datasheet.md", "faces.sqlite", "identity.yaml", "masks"]
    assert sorted(path.name for path in faceset.path.iterdir()) == files


def test_a_crop_deleted_by_hand_is_left_out_with_one_warning(
    faceset: Faceset, caplog: pytest.LogCaptureFixture
) -> None:
    before = faceset.content_hash()
    faceset.crop_path(faceset.rows()[5]).unlink()
    with caplog.at_level(logging.WARNING, logger="faceswap_lab"):
        opened = Faceset.open(faceset.path)
        assert len(opened) == len(opened.rows()) == 23
        assert opened.content_hash() != before
        assert len(opened.rows(include_rejected=True)) == 24
    assert [record.getMessage() for record in caplog.records] == [
        f"{faceset.path}: 1 crop(s) are gone from crops/; their faces are not used"
    ]


def test_a_set_without_a_usable_face_says_why(faceset: Faceset) -> None:
    mark(faceset, range(1, 25), rejected=True, what="all")
    with pytest.raises(FacesetError, match="all 24 faces are rejected"):
        Faceset.open(faceset.path)
    assert len(Faceset.open(faceset.path, may_be_empty=True)) == 0


# older sets ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def older(faceset: Faceset) -> Path:
    """The set as the first version of this program left it."""
    with sqlite3.connect(faceset.path / "faces.sqlite") as connection:
        for name in ADDED_COLUMNS:
            connection.execute(f"ALTER TABLE faces DROP COLUMN {name}")
        for table in ("face_order", "journal", "crop_embeddings"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 0")
    connection.close()
    return faceset.path


def _columns(path: Path) -> set[str]:
    connection = sqlite3.connect(path / "faces.sqlite")
    found = {record[1] for record in connection.execute("PRAGMA table_info(faces)")}
    connection.close()
    return found


def test_an_older_set_is_read_as_it_is(older: Path) -> None:
    faceset = Faceset.open(older)
    assert len(faceset.rows()) == len(faceset) == 24
    assert not faceset.rows()[0].rejected
    assert journal(faceset) == []
    assert "rejected" not in _columns(older)


def test_an_older_set_grows_when_it_is_written_to(older: Path) -> None:
    before = Faceset.open(older).content_hash()
    mark(Faceset.open(older), [3], rejected=True, what="test")
    assert _columns(older) == set(COLUMNS)
    assert undo(Faceset.open(older)).what == "test"
    assert Faceset.open(older).content_hash() == before


def test_a_newer_set_is_read_but_not_written_to(faceset: Faceset) -> None:
    with sqlite3.connect(faceset.path / "faces.sqlite") as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    assert len(Faceset.open(faceset.path)) == 24
    with pytest.raises(FacesetError, match="newer faceswap-lab"):
        mark(Faceset.open(faceset.path), [1], rejected=True, what="test")


def test_every_added_column_is_a_field_with_a_default() -> None:
    with_default = {field.name for field in fields(FaceRow) if field.default is not field.default_factory}
    assert set(ADDED_COLUMNS) <= with_default


def test_a_row_survives_the_way_to_the_table_and_back(faceset: Faceset) -> None:
    row = faceset.rows()[0]
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    values = {"id": row.id, **row_to_sql(row)}
    marks = ", ".join(f"? AS {name}" for name in values)
    back = row_from_sql(connection.execute(f"SELECT {marks}", tuple(values.values())).fetchone())
    assert back.file_name == row.file_name
    assert (back.landmarks_682 == row.landmarks_682).all()
    assert (back.frame_to_crop == row.frame_to_crop).all()
    assert back.rejected is row.rejected is False
