"""The face set on disk: what goes in comes out, what breaks says so."""

import pickle
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.errors import ConfigError, FacesetError, OutputError
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.face import Face
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import ADDED_COLUMNS
from faceswap_lab.faces.identity_record import IdentityRecord, MediaRecord
from faceswap_lab.faces.mean_embedding import evenly_spaced
from faceswap_lab.faces.measure import MeasuredFace, measure, sharpness_of

MEDIA = "ab" * 32
SPEC = CropSpec("face", 64)

AddFace = Callable[..., MeasuredFace]


@pytest.fixture
def add_face(landmarks_682: NDArray[np.float64]) -> AddFace:
    def add(faceset: Faceset, frame_index: int, *, face_index: int = 0, embedding: object = None) -> MeasuredFace:
        image = np.random.default_rng(frame_index).integers(0, 255, (120, 160, 3), np.uint8)
        face = Face(np.array([45.0, 25, 115, 95.5]), landmarks_682 + frame_index * 0.25, 0.875)
        measured = measure(image, face, SPEC)
        faceset.add(
            measured,
            media=MEDIA,
            frame_index=frame_index,
            pts_s=frame_index / 25,
            detector="d 1",
            landmarker="l 2",
            face_index=face_index,
            embedding=None if embedding is None else np.asarray(embedding, np.float64),
            embedder=None if embedding is None else "fixed (3)",
        )
        return measured

    return add


@pytest.fixture
def faceset(tmp_path: Path, record: IdentityRecord, add_face: AddFace) -> Faceset:
    with Faceset.create(tmp_path / "ada", record, crop_spec=SPEC) as created:
        created.add_media(MediaRecord(MEDIA, "ünï code.mp4", 160, 120, 25.0))
        for frame_index in (3, 0, 2):
            add_face(created, frame_index)
    return created


def test_round_trip(faceset: Faceset, record: IdentityRecord, add_face: AddFace) -> None:
    with faceset:
        measured = add_face(faceset, 7, embedding=[1.0, 2, 3])
    opened = Faceset.open(faceset.path)
    assert opened.crop_spec == SPEC
    assert opened.identity.consent == record.consent
    assert opened.identity.licence == "CC-BY-4.0"
    assert opened.identity.media == (MediaRecord(MEDIA, "ünï code.mp4", 160, 120, 25.0),)
    assert len(opened) == 4
    assert [row.frame_index for row in opened.rows()] == [0, 2, 3, 7]
    row = opened.rows()[3]
    np.testing.assert_array_equal(row.landmarks_682, measured.face.landmarks_682)
    np.testing.assert_array_equal(row.frame_to_crop, measured.frame_to_crop)
    np.testing.assert_array_equal(row.box, measured.face.box_4)
    np.testing.assert_array_equal(row.embedding, [1, 2, 3])
    np.testing.assert_array_equal(opened.crop(row), measured.crop)
    np.testing.assert_array_equal(opened.mask(row), measured.mask)
    assert (row.yaw, row.pitch, row.roll) == (
        measured.pose.yaw_deg,
        measured.pose.pitch_deg,
        measured.pose.roll_deg,
    )
    assert (row.pts_s, row.confidence, row.detector, row.landmarker) == (7 / 25, 0.875, "d 1", "l 2")
    assert row.embedder == "fixed (3)"
    assert row.track is None
    quality = measured.quality
    assert (row.brightness, row.face_px, row.upscale, row.occlusion) == (
        quality.brightness,
        quality.face_px,
        quality.upscale,
        quality.occlusion,
    )
    assert opened.rows_for_media(MEDIA) != []
    assert opened.rows_for_media("cd" * 32) == []


def test_on_disk_it_is_plain(faceset: Faceset) -> None:
    content = yaml.safe_load((faceset.path / "identity.yaml").read_text(encoding="utf-8"))
    assert content["name"] == "ada"
    assert content["consent"]["basis"] == "written"
    assert content["crop"] == {"kind": "face", "size": 64}
    # Closed, it is one database file that can be copied or mounted read-only.
    files = ["crops", "datasheet.md", "faces.sqlite", "identity.yaml", "masks"]
    assert sorted(path.name for path in faceset.path.iterdir()) == files
    row = faceset.rows()[0]
    assert cv2.imread(str(faceset.crop_path(row))).shape == (64, 64, 3)
    assert faceset.crop_path(row).name == "abababab_000000_0.png"


def test_sets_of_older_versions_open_and_grow(faceset: Faceset, add_face: AddFace) -> None:
    """A set from before the quality columns: read as it is, also read-only, and given the columns at the next row."""
    connection = sqlite3.connect(faceset.path / "faces.sqlite")
    for name in reversed(ADDED_COLUMNS):
        connection.execute(f"ALTER TABLE faces DROP COLUMN {name}")
    connection.commit()
    connection.close()
    before = faceset.content_hash()
    opened = Faceset.open(faceset.path)
    assert [row.brightness for row in opened.rows()] == [None] * 3
    assert opened.content_hash() == before
    with opened:
        add_face(opened, 8)
    assert [row.occlusion is None for row in opened.rows()] == [True, True, True, False]


def test_rows_are_named_by_their_pictures_hash(faceset: Faceset) -> None:
    from faceswap_lab.core.files import sha256_of

    for row in faceset.rows():
        assert row.crop_sha256 == sha256_of(faceset.crop_path(row))


def test_added_rows_count_from_the_commit_on(faceset: Faceset, add_face: AddFace) -> None:
    add_face(faceset, 9)
    assert len(faceset) == 3
    faceset.commit()
    assert len(faceset) == 4
    faceset.close()


def test_it_goes_to_other_processes(faceset: Faceset) -> None:
    assert len(pickle.loads(pickle.dumps(faceset)).rows()) == 3


def test_content_hash_tells_contents_apart(faceset: Faceset, add_face: AddFace) -> None:
    before = faceset.content_hash()
    assert Faceset.open(faceset.path).content_hash() == before
    with faceset:
        add_face(faceset, 1)
    assert faceset.content_hash() != before


def test_same_face_twice_is_refused(faceset: Faceset, add_face: AddFace) -> None:
    with pytest.raises(FacesetError, match="UNIQUE"):
        add_face(faceset, 2)
    add_face(faceset, 2, face_index=1)
    faceset.close()
    assert len(faceset) == 4


def test_a_crop_of_another_size_is_refused(faceset: Faceset, landmarks_682: NDArray[np.float64]) -> None:
    image = np.zeros((120, 160, 3), np.uint8)
    measured = measure(image, Face(np.array([0.0, 0, 9, 9]), landmarks_682, 1.0), CropSpec("face", 32))
    with pytest.raises(FacesetError, match="64 px, got 32 px"):
        faceset.add(measured, media=MEDIA, frame_index=5, pts_s=0.0, detector="d", landmarker="l")


@pytest.mark.parametrize(
    "change",
    [
        "media = 'short'",
        "frame_index = -1",
        "box = x'00'",
        "landmarks = x'00'",
        "embedder = 'e'",
        "yaw = 'left'",
        "occlusion = 2",
    ],
)
def test_the_table_refuses_nonsense(faceset: Faceset, change: str) -> None:
    with sqlite3.connect(faceset.path / "faces.sqlite") as connection:
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(f"UPDATE faces SET {change}")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_mean_embedding_takes_stored_vectors_first_and_is_kept(
    faceset: Faceset, add_face: AddFace, embedder: Any
) -> None:
    with faceset:
        for frame_index, vector in ((10, [1.0, 2, 3]), (11, [3.0, 4, 5])):
            add_face(faceset, frame_index, embedding=vector)
    np.testing.assert_allclose(faceset.mean_embedding(embedder, at_least=2), [2, 3, 4])
    assert embedder.num_calls == 0
    mixed = faceset.mean_embedding(embedder, at_least=4)
    assert embedder.num_calls == 2
    np.testing.assert_array_equal(Faceset.open(faceset.path).mean_embedding(embedder, at_least=4), mixed)
    assert embedder.num_calls == 2, "the second answer comes from the database"
    faceset.mean_embedding(embedder, at_least=100)
    assert embedder.num_calls == 5, "all five faces, three of them without a vector"


def test_evenly_spaced(faceset: Faceset) -> None:
    rows = faceset.rows() * 10
    assert evenly_spaced(rows, 3) == [rows[0], rows[14], rows[29]]
    assert evenly_spaced(rows, 100) == rows
    assert evenly_spaced(rows, 0) == []


def test_sharpness_falls_with_blur_and_not_with_size() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (512, 512, 3), np.uint8)
    image = cv2.GaussianBlur(noise, (0, 0), 2)
    assert sharpness_of(cv2.GaussianBlur(image, (0, 0), 4)) < 0.2 * sharpness_of(image)
    small = cv2.resize(image, (256, 256), interpolation=cv2.INTER_AREA)
    assert sharpness_of(small) == pytest.approx(sharpness_of(image), rel=0.02)


# errors -------------------------------------------------------------------------------------------------------------


def test_open_errors(tmp_path: Path, record: IdentityRecord, faceset: Faceset, embedder: Any) -> None:
    with pytest.raises(FacesetError, match="make one with `faceswap-lab extract"):
        Faceset.open(tmp_path / "none")
    empty = Faceset.create(tmp_path / "empty", record)
    with pytest.raises(FacesetError, match="empty face set"):
        Faceset.open(empty.path)
    assert len(Faceset.open(empty.path, may_be_empty=True)) == 0
    with pytest.raises(FacesetError, match="empty face set"):
        empty.mean_embedding(embedder)
    (faceset.path / "faces.sqlite").write_bytes(b"not a database, but long enough to be read as one" * 100)
    with pytest.raises(FacesetError, match="cannot be read"):
        Faceset.open(faceset.path)
    (faceset.path / "faces.sqlite").unlink()
    with pytest.raises(FacesetError, match="is missing"):
        Faceset.open(faceset.path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[1, 2", "cannot be read"),
        ("- a list", "schema None"),
        ("schema: 9", "schema 9"),
        ("schema: 1\nname: ada", "damaged"),
        ("!!python/object/apply:os.system ['true']", "cannot be read"),
        ("schema: 1\nname: a/b\nconsent: {basis: self}\nlicence:\nmedia: []\ncrop: {kind: face, size: 64}", "damaged"),
    ],
)
def test_identity_file_errors(faceset: Faceset, content: str, said: str) -> None:
    (faceset.path / "identity.yaml").write_text(content)
    with pytest.raises(FacesetError, match=said) as caught:
        Faceset.open(faceset.path)
    assert "\n" not in str(caught.value)


def test_an_expired_consent_can_still_be_read(tmp_path: Path) -> None:
    import datetime

    consent = check_consent("self", expiry="2030-01-01", today=datetime.date(2029, 1, 1))
    Faceset.create(tmp_path / "set", IdentityRecord("ada", consent))
    text = (tmp_path / "set" / "identity.yaml").read_text()
    (tmp_path / "set" / "identity.yaml").write_text(text.replace("2030", "2020"))
    assert Faceset.open(tmp_path / "set", may_be_empty=True).identity.consent.expiry == "2020-01-01"


def test_create_errors(tmp_path: Path, record: IdentityRecord, faceset: Faceset) -> None:
    with pytest.raises(FacesetError, match="is a face set already"):
        Faceset.create(faceset.path, record)
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "photo.jpg").touch()
    with pytest.raises(FacesetError, match=r"other files \(photo.jpg\)"):
        Faceset.create(tmp_path / "holiday", record)
    assert [path.name for path in (tmp_path / "holiday").iterdir()] == ["photo.jpg"]
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        Faceset.create(tmp_path / "file" / "set", record)


def test_what_a_killed_create_left_is_taken_over(tmp_path: Path, record: IdentityRecord) -> None:
    Faceset.create(tmp_path / "set", record)
    (tmp_path / "set" / "identity.yaml").unlink()
    assert len(Faceset.create(tmp_path / "set", record)) == 0


def test_missing_and_damaged_pictures(faceset: Faceset) -> None:
    first, second, _ = faceset.rows()
    faceset.crop_path(first).unlink()
    with pytest.raises(FacesetError, match="cannot be read"):
        faceset.crop(first)
    faceset.mask_path(second).write_bytes(b"")
    with pytest.raises(FacesetError, match="is not an image"):
        faceset.mask(second)


@pytest.mark.parametrize("name", ["", "a b", "../up", "a/b", "a.b"])
def test_names_are_keys(name: str) -> None:
    with pytest.raises(ConfigError, match=r"identity\.name"):
        IdentityRecord(name, check_consent("self"))
