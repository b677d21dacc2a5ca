"""Merging, splitting and checking whole sets."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.errors import ConfigError, FacesetError, FootageError
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.curation.check import check, repair
from faceswap_lab.faces.curation.footage_files import footage_files
from faceswap_lab.faces.curation.marks import mark, undo
from faceswap_lab.faces.curation.merge import merge
from faceswap_lab.faces.curation.split import split
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IdentityRecord, write_identity
from faceswap_lab.faces.maskers.hull import Hull

SPEC = CropSpec("face", 64)


@pytest.fixture
def second(tmp_path: Path) -> Faceset:
    """The same person in other footage."""
    return drawn_faceset(tmp_path / "ada_2", "ada", 6, identity_seed=7 << 120, motion_seed=5, crop_spec=SPEC)


def test_merge_and_split_are_inverse(faceset: Faceset, second: Faceset, tmp_path: Path) -> None:
    mark(faceset, [4], rejected=True, what="test")
    done = merge([faceset, second], tmp_path / "all")
    assert (done.num_faces, done.num_repeated, len(done.faceset)) == (30, 0, 29)
    assert len(done.faceset.identity.media) == 2
    assert [row.rejected for row in done.faceset.rows(include_rejected=True)].count(True) == 1
    parts = split(done.faceset, "footage", tmp_path / "parts")
    assert sorted(parts.values()) == [6, 24]
    hashes = {Faceset.open(tmp_path / "parts" / name).content_hash() for name in parts}
    assert hashes == {faceset.content_hash(), second.content_hash()}
    assert check(done.faceset).faults() == []


def test_two_footages_of_one_name_are_refused(faceset: Faceset, tmp_path: Path) -> None:
    alike = drawn_faceset(tmp_path / "alike", "ada", 2, identity_seed=1, motion_seed=5, crop_spec=SPEC)
    with pytest.raises(FacesetError, match=r"00000000_000000_0\.png is also the name"):
        merge([faceset, alike], tmp_path / "all")
    assert not (tmp_path / "all").exists()


def test_split_by_time_and_track(faceset: Faceset, tmp_path: Path) -> None:
    assert split(faceset, "time", tmp_path / "t", seconds=1.0) == {f"part_000{part}": 8 for part in range(3)}
    assert [row.frame_index for row in Faceset.open(tmp_path / "t" / "part_0001").rows()] == list(range(8, 16))
    with pytest.raises(FacesetError, match="no face has a track"):
        split(faceset, "track", tmp_path / "tracks")
    with faceset.database.writing() as connection:
        connection.execute("UPDATE faces SET track = id / 10 WHERE id < 20")
    faceset.close()
    assert split(faceset, "track", tmp_path / "tracks") == {
        "no_track": 5,
        "track_0000": 9,
        "track_0001": 10,
    }


def test_the_same_face_twice_is_kept_once(faceset: Faceset, tmp_path: Path) -> None:
    copy = Faceset.open(shutil.copytree(faceset.path, tmp_path / "copy"))
    done = merge([faceset, copy], tmp_path / "all")
    assert (done.num_faces, done.num_repeated) == (24, 24)
    assert done.faceset.content_hash() == faceset.content_hash()


def test_merge_refuses_other_people_consent_and_crops(faceset: Faceset, tmp_path: Path) -> None:
    eve = drawn_faceset(tmp_path / "eve", "eve", 2, identity_seed=2, crop_spec=SPEC)
    large = drawn_faceset(tmp_path / "large", "ada", 2, identity_seed=1, motion_seed=3, crop_spec=CropSpec("face", 32))
    other = Faceset.open(shutil.copytree(faceset.path, tmp_path / "other"))
    write_identity(other.path, replace(other.identity, consent=check_consent("self")), SPEC)
    for wrong, said in ((eve, "identity.name"), (Faceset.open(other.path), "identity.consent"), (large, "32 px")):
        with pytest.raises(FacesetError, match=said):
            merge([faceset, wrong], tmp_path / "all")
    with pytest.raises(ConfigError, match="two or more different"):
        merge([faceset, faceset], tmp_path / "all")
    with pytest.raises(FacesetError, match="is there already"):
        merge([faceset, Faceset.open(shutil.copytree(faceset.path, tmp_path / "third"))], tmp_path / "eve")
    assert not (tmp_path / "all").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(("by", "seconds"), [("mood", 60.0), ("time", 0.0)])
def test_split_refuses_what_it_does_not_know(faceset: Faceset, tmp_path: Path, by: str, seconds: float) -> None:
    with pytest.raises(ConfigError):
        split(faceset, by, tmp_path / "parts", seconds=seconds)
    assert not (tmp_path / "parts").exists()


# check --------------------------------------------------------------------------------------------------------------


def test_a_whole_set_has_no_fault(faceset: Faceset) -> None:
    assert check(faceset).faults() == []


def test_every_fault_is_found_and_what_can_be_is_repaired(faceset: Faceset) -> None:
    rows = faceset.rows()
    masks = [faceset.mask_path(row).read_bytes() for row in rows]
    faceset.crop_path(rows[0]).unlink()
    faceset.crop_path(rows[1]).write_bytes(faceset.crop_path(rows[2]).read_bytes())
    faceset.mask_path(rows[3]).unlink()
    faceset.mask_path(rows[4]).write_bytes(b"no picture")
    (faceset.path / "crops" / "ffffffff_000001_0.png").touch()
    (faceset.path / "crops" / "Thumbs.db").touch()
    found = check(faceset)
    assert [row.id for row in found.no_crop] == [1]
    assert [row.id for row in found.other_crop] == [2]
    assert [row.id for row in found.no_mask] == [4, 5]
    assert [path.name for path in found.orphans] == ["ffffffff_000001_0.png"]
    assert [path.name for path in found.foreign] == ["Thumbs.db"]
    assert [path.name for path in found.stale] == ["datasheet.md"], "it tells of 24 faces in use"
    assert len(found.faults()) == 5
    assert repair(faceset, found, Hull()) == 5
    again = check(faceset)
    assert len(again.faults()) == 1, "a changed crop cannot be repaired without its footage"
    assert [row.id for row in again.other_crop] == [2]
    assert [faceset.mask_path(row).read_bytes() for row in rows] == masks, "a hull drawn again is the same"
    assert (faceset.path / "crops" / "Thumbs.db").exists()
    assert undo(faceset).what.startswith("check")


def test_a_damaged_database_is_said(faceset: Faceset) -> None:
    path = faceset.path / "faces.sqlite"
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 6] = b"\xff" * 4096 * 3
    path.write_bytes(content)
    with pytest.raises(FacesetError, match=r"damaged|cannot be read"):
        check(Faceset.open(faceset.path, may_be_empty=True))


def test_footage_is_known_by_its_content(
    tmp_path: Path, pictures: Path, record: IdentityRecord, finder: FaceFinder, write_pictures: Callable[..., Path]
) -> None:
    extract(pictures, tmp_path / "set", record=record, finder=finder, crop_spec=SPEC)
    faceset = Faceset.open(tmp_path / "set")
    assert check(faceset, footage=[pictures]).faults() == []
    other = write_pictures(tmp_path / "other", [50])
    assert "no face of this set is from it" in check(faceset, footage=[other]).faults()[0]
    (pictures / "000.png").unlink()
    assert "not the file that was extracted" in check(faceset, footage=[pictures]).faults()[0]


def test_a_file_is_literal_before_it_is_a_pattern(tmp_path: Path) -> None:
    for name in ("a[1].mp4", "a1.mp4", "b.mp4"):
        (tmp_path / name).touch()
    assert footage_files(tmp_path / "a[1].mp4") == [tmp_path / "a[1].mp4"]
    assert footage_files(tmp_path / "*.mp4") == sorted(tmp_path.glob("*.mp4"))
    with pytest.raises(FootageError, match="no file fits"):
        footage_files(tmp_path / "*.mov")


def test_a_rejected_face_is_not_extracted_again(
    tmp_path: Path, pictures: Path, record: IdentityRecord, finder: FaceFinder
) -> None:
    extract(pictures, tmp_path / "set", record=record, finder=finder, crop_spec=SPEC)
    faceset = Faceset.open(tmp_path / "set")
    mark(faceset, [1], rejected=True, what="test")
    faceset.crop_path(faceset.rows()[0]).unlink()
    report = extract(pictures, tmp_path / "set", record=record, finder=finder, crop_spec=SPEC, every=2)
    assert report.num_faces == 0
    assert np.all([row.id != 1 for row in Faceset.open(tmp_path / "set").rows()])
