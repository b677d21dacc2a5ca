"""Face sets that somebody else made: their links, their databases and their records lead nowhere."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

from faceswap_lab.core.errors import FacesetError, OutputError
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_database import FacesetDatabase
from faceswap_lab.faces.faceset_images import write_image
from tests.hostile.test_pictures import png

SECRET = b"what lies elsewhere"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faces") / "bob"
    drawn_faceset(folder, "bob", 3, identity_seed=1)
    return folder


@pytest.fixture
def faces(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "in" / "bob")
    return tmp_path / "in" / "bob"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "secret").write_bytes(SECRET)
    return folder


def _link(place: Path, to: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)
    os.symlink(to, place)


def crop_of(faces: Path) -> Path:
    return min((faces / "crops").iterdir())


@pytest.mark.parametrize("name", ["identity.yaml", "faces.sqlite", "faces.sqlite-wal", "faces.sqlite-journal"])
def test_links_in_place_of_its_files_are_refused(name: str, faces: Path, elsewhere: Path) -> None:
    _link(faces / name, elsewhere / "secret")
    with pytest.raises(FacesetError, match=f"{name} is a link, which may lead anywhere"):
        Faceset.open(faces)
    assert (elsewhere / "secret").read_bytes() == SECRET


@pytest.mark.parametrize("name", ["crops", "masks", ".cache"])
def test_links_in_place_of_its_folders_are_refused(name: str, faces: Path, elsewhere: Path, whole: Path) -> None:
    _link(faces / name, elsewhere)
    with pytest.raises(FacesetError, match=f"{name} is a link"):
        Faceset.open(faces)
    (elsewhere / "new").mkdir()
    os.symlink(elsewhere, elsewhere / "new" / name)
    with pytest.raises(FacesetError, match=f"{name} is a link"):  # nor is a set made around one
        Faceset.create(elsewhere / "new", Faceset.open(whole).identity)


@pytest.mark.parametrize("folder", ["crops", "masks"])
def test_links_among_its_pictures_are_refused(folder: str, faces: Path, elsewhere: Path) -> None:
    _link(faces / folder / crop_of(faces).name, elsewhere / "secret")
    with pytest.raises(FacesetError, match=r"\.png is a link"):
        Faceset.open(faces)


def test_a_link_that_comes_later_is_neither_read_nor_written(faces: Path, elsewhere: Path) -> None:
    faceset = Faceset.open(faces)
    row = faceset.rows()[0]
    (elsewhere / "picture.png").write_bytes(crop_of(faces).read_bytes())
    for path in (faceset.crop_path(row), faceset.mask_path(row)):
        _link(path, elsewhere / "picture.png")
    for read in (faceset.crop, faceset.mask):
        with pytest.raises(FacesetError, match="it is a link"):
            read(row)
    before = (elsewhere / "picture.png").read_bytes()
    with pytest.raises(OutputError):
        write_image(faceset.crop_path(row), np.zeros((8, 8, 3), np.uint8))
    assert (elsewhere / "picture.png").read_bytes() == before


def test_the_set_itself_may_be_reached_by_a_link(faces: Path, tmp_path: Path) -> None:
    os.symlink(faces, tmp_path / "here")
    assert len(Faceset.open(tmp_path / "here")) == 3


@pytest.mark.parametrize("name", ["identity.yaml", "faces.sqlite", "faces.sqlite-wal", "crops", "crops/x.png"])
def test_pipes_are_not_waited_for(name: str, faces: Path, pipe: Callable[[str], Path], refused: Any) -> None:
    if (faces / name).is_dir():
        shutil.rmtree(faces / name)
    pipe(f"in/bob/{name}")
    said = refused(["faces", "show", f"faceset={faces}", f"output={faces.parent / 'page.html'}"])
    assert str(faces) in said


def rewrite(faces: Path, *statements: str, values: tuple[Any, ...] = ()) -> None:
    """Changes the database as somebody may who is bound to none of the rules of its tables."""
    with sqlite3.connect(faces / "faces.sqlite") as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(faces)")]
        connection.execute("ALTER TABLE faces RENAME TO old")
        connection.execute(f"CREATE TABLE faces ({', '.join(columns)})")
        connection.execute("INSERT INTO faces SELECT * FROM old")
        connection.execute("DROP TABLE old")
        for statement in statements:
            connection.execute(statement, values if "?" in statement else ())
    connection.close()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("media", "../../elsewhere/secret".ljust(64, "x")),
        ("media", "/etc/passwd"),
        ("media", "a\nb" * 16),
        ("media", "ab" * 31 + "a\0"),
        ("media", b"\xff" * 64),
        ("media", None),
        ("crop_sha256", "../" * 21 + "x"),
        ("frame_index", "../../x"),
        ("frame_index", -1),
        ("frame_index", 2**62),
        ("frame_index", 1.5),
        ("face_index", "0/../../x"),
        ("pts_s", "soon"),
        ("sharpness", float("inf")),
        ("yaw", None),
        ("box", b"123"),
        ("box", "text"),
        ("landmarks", b"\0" * 8),
        ("landmarks", np.full(136, np.nan).tobytes()),
        ("frame_to_crop", np.full(6, 1e300).tobytes()),
        ("embedding", b"1"),
        ("detector", 7),
        ("track", "x"),
    ],
)
def test_rows_that_are_none_are_refused(column: str, value: Any, faces: Path) -> None:
    rewrite(faces, f"UPDATE faces SET {column} = ?", values=(value,))
    with pytest.raises(FacesetError, match=r"faces\.sqlite cannot be read"):
        FacesetDatabase(faces / "faces.sqlite").rows()


@pytest.mark.parametrize(
    "statements",
    [
        ["ALTER TABLE faces RENAME TO f", "CREATE VIEW faces AS WITH RECURSIVE c(x) AS "
         "(SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT f.* FROM f, c"],
        ["CREATE TRIGGER t AFTER INSERT ON faces BEGIN DELETE FROM faces; END"],
        ["CREATE VIRTUAL TABLE t USING fts5(x)"],
        ["CREATE TABLE t (a, b GENERATED ALWAYS AS (zeroblob(1000000000)))"],
        ["CREATE TABLE t (a, b AS (zeroblob(1000000000)))"],
    ],
    ids=["an endless view", "a trigger", "a virtual table", "a computed column", "another"],
)  # fmt: skip
def test_a_database_runs_nothing_of_its_own(statements: list[str], faces: Path) -> None:
    rewrite(faces, *statements)
    with pytest.raises(FacesetError, match=r"faces\.sqlite cannot be read \((it holds|a column of)"):
        Faceset.open(faces)
    with pytest.raises(FacesetError, match="is damaged"):
        FacesetDatabase(faces / "faces.sqlite").note_scan("x", media="0" * 64, next_frame=0, complete=True)


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + b"\xff" * 200, b"no database" * 100])
def test_what_is_no_database_is_refused(content: bytes, faces: Path) -> None:
    faceset = Faceset.open(faces)
    (faces / "faces.sqlite").write_bytes(content)
    with pytest.raises(FacesetError, match=r"faces\.sqlite cannot be read"):
        Faceset.open(faces)
    with pytest.raises((FacesetError, OutputError), match=r"faces\.sqlite"):
        faceset.database.note_scan("x", media="0" * 64, next_frame=0, complete=True)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "../../etc"),
        ("name", "a" * 300),
        ("name", "a\nb"),
        ("name", ["a", "b"]),
        ("name", 7),
        ("consent", []),
        ("consent", {"basis": "self", "reference": {"x": 1}}),
        ("consent", {"basis": "self", "nonsense": "x"}),
        ("licence", {"a": 1}),
        ("crop", {"kind": "face", "size": 10**9}),
        ("crop", {"kind": ["face"], "size": 64}),
        ("crop", {"kind": "face", "size": 64, "coverage": "half"}),
        ("crop", None),
        ("media", [{"sha256": "../../x", "name": "a", "width": 1, "height": 1, "fps": None}]),
        ("media", [{"sha256": "0" * 64, "name": 7, "width": 1, "height": 1, "fps": None}]),
        ("media", [{"sha256": "0" * 64, "name": "a", "width": "wide", "height": 1, "fps": None}]),
        ("media", [{"sha256": "0" * 64, "name": "a", "width": 1, "height": 1, "fps": float("nan")}]),
        ("media", 3),
        ("former_consents", ["x"]),
        ("schema", [1]),
    ],
)
def test_records_that_are_none_are_refused(key: str, value: Any, faces: Path) -> None:
    path = faces / "identity.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8")) | {key: value}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(FacesetError, match=r"identity\.yaml (is damaged|has schema)"):
        Faceset.open(faces)


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['touch it_ran']",
        "schema: !!python/name:os.system",
        "schema: 2\nname: &a [*a]",
        "[" * 5000,
        "schema: 2020-99-99",
        "\x00",
        "x: " + "y" * 2**21,
    ],
)
def test_yaml_holds_plain_values_only(text: str, faces: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(faces)
    (faces / "identity.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(FacesetError, match=r"identity\.yaml"):
        Faceset.open(faces)
    assert not (faces / "it_ran").exists()


def test_pictures_of_absurd_size_are_refused(faces: Path) -> None:
    faceset = Faceset.open(faces)
    row = faceset.rows()[0]
    faceset.crop_path(row).write_bytes(png(100_000, 100_000))
    faceset.mask_path(row).write_bytes(cv2.imencode(".png", np.zeros((7, 9), np.uint8))[1].tobytes())
    with pytest.raises(FacesetError, match=r"100000x100000 px are more than the 4\.19 million"):
        faceset.crop(row)
    with pytest.raises(FacesetError, match=r"has 9x7 px, not the \d+x\d+ of its set"):
        faceset.mask(row)
