"""The datasheet of a face set: what it tells, that it stays true, and that nothing in it is obeyed."""

import re
from pathlib import Path

import pytest

from faceswap_lab.core.consent import Consent, check_consent
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.faces.consent_changes import renew_consent, revoke_consent
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.curation.check import check, repair
from faceswap_lab.faces.curation.marks import mark, undo
from faceswap_lab.faces.curation.merge import merge
from faceswap_lab.faces.curation.split import split
from faceswap_lab.faces.datasheet import DATASHEET_FILE, datasheet_of
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IdentityRecord, MediaRecord
from faceswap_lab.faces.maskers.hull import Hull

HEADINGS = (
    *("Motivation", "Composition", "Collection process", "Preprocessing, cleaning and labelling"),
    *("Uses", "Distribution", "Maintenance"),
)


@pytest.fixture
def ada(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Faceset:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return drawn_faceset(tmp_path / "ada", "ada", 6, identity_seed=1, crop_spec=CropSpec("face", 64))


def sheet(faceset: Faceset) -> str:
    """What lies there, which has to be what a fresh look at the set gives."""
    written = (faceset.path / DATASHEET_FILE).read_text(encoding="utf-8")
    assert written == datasheet_of(Faceset.open(faceset.path, may_be_empty=True))
    return written


def test_it_has_the_headings_and_says_what_was_recorded(ada: Faceset) -> None:
    page = sheet(ada)
    assert tuple(re.findall(r"^## (.*)$", page, re.M)) == HEADINGS
    (media,) = ada.identity.media
    for told in (media.sha256, "drawn (1)", ada.content_hash(), "synthetic", str(ada.identity.consent.faces_sha256)):
        assert told in page
    assert "| Faces in use | 6 |" in page
    assert "face, 64 px" in page


def test_rejecting_and_taking_it_back_change_it(ada: Faceset) -> None:
    before = sheet(ada)
    mark(ada, [1, 2], rejected=True, what="edit reject=1,2")
    assert "| Faces in use | 4 |" in sheet(ada)
    undo(ada)
    assert sheet(ada) == before


def test_it_follows_the_consent(ada: Faceset) -> None:
    consent = check_consent("written", reference="contract 31", scope="research,publication", territory="EU")
    renew_consent(ada.path, consent)
    page = sheet(ada)
    assert "contract 31" in page
    assert "before: basis synthetic" in page
    revoke_consent(ada.path)
    assert "The consent was taken back" in sheet(ada)


def test_sets_made_of_others_have_their_own(ada: Faceset, tmp_path: Path) -> None:
    parts = split(ada, "time", tmp_path / "parts", seconds=0.12)
    assert list(parts.values()) == [3, 3]
    sets = [Faceset.open(tmp_path / "parts" / name) for name in parts]
    assert all("| Faces in use | 3 |" in sheet(part) for part in sets)
    merged = merge(sets, tmp_path / "all").faceset
    assert sheet(merged) == sheet(ada)


def test_check_notices_that_it_is_of_other_faces(ada: Faceset) -> None:
    assert check(ada).faults() == []
    next((ada.path / "crops").iterdir()).unlink()
    found = check(ada)
    assert [path.name for path in found.stale] == [DATASHEET_FILE]
    repair(ada, found, Hull())
    assert check(ada).faults() == []
    assert "| Faces in use | 5 |" in sheet(ada)
    (ada.path / DATASHEET_FILE).unlink()
    assert check(ada).faults() == [], "sets of older versions have none"


def test_nothing_in_it_is_markup(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>|\n\n# Owned\x00\u202e [x](http://evil.example)"
    consent = Consent("written", reference=evil, scope="research", subject=evil, territory=evil)
    record = IdentityRecord("ada", consent, licence=evil, media=(MediaRecord("ab" * 32, evil, 160, 120, 25.0),))
    page = sheet(Faceset.create(tmp_path / "ada", record))
    assert tuple(re.findall(r"^## (.*)$", page, re.M)) == HEADINGS
    assert re.findall(r"^# .*$", page, re.M) == ["# Datasheet: face set of ada"]
    assert not re.search(r"(?<!\\)<", page)
    assert not re.search(r"(?<!\\)\[", page)


def test_public_material_is_told_from_consent(tmp_path: Path) -> None:
    page = sheet(Faceset.create(tmp_path / "ada", IdentityRecord("ada", Consent("public-material"))))
    assert "implies no consent" in page


def test_a_killed_create_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "ada" / "crops").mkdir(parents=True)
    left = tmp_path / "ada" / ".identity.0123abcd.part.yaml"
    left.write_text("schema: 2\nna")
    Faceset.create(tmp_path / "ada", IdentityRecord("ada", Consent("self")))
    assert not left.exists()
