"""What a person says later: a missing consent set once, a new one, and its end."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from faceswap_lab.core.consent import MISSING, Consent, check_consent, require_consent
from faceswap_lab.core.errors import ConfigError, ConsentError, FacesetError
from faceswap_lab.core.revocations import revocations_file, today
from faceswap_lab.faces.consent_changes import bind_consent, renew_consent, revoke_consent, set_consent
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IdentityRecord, MediaRecord

SELF = check_consent("self")


@pytest.fixture
def nobody(tmp_path: Path) -> Path:
    record = IdentityRecord("person_01", Consent(MISSING), media=(MediaRecord("ab" * 32, "clip.mp4", 160, 120, 25.0),))
    Faceset.create(tmp_path / "person_01", record)
    return tmp_path / "person_01"


@pytest.fixture
def ada(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    consent = check_consent("written", reference="contract 12")
    return Faceset.create(tmp_path / "ada", IdentityRecord("ada", consent)).path


def read(path: Path) -> IdentityRecord:
    return Faceset.open(path, may_be_empty=True).identity


def test_a_missing_consent_is_set_and_the_rest_kept(nobody: Path) -> None:
    set_consent(nobody, check_consent("written", reference="contract 12"), name="ada", licence="CC-BY-4.0")
    record = read(nobody)
    assert record.consent == check_consent("written", reference="contract 12")
    assert (record.name, record.licence) == ("ada", "CC-BY-4.0")
    assert [media.name for media in record.media] == ["clip.mp4"]


def test_name_and_licence_stay_where_none_is_given(nobody: Path) -> None:
    set_consent(nobody, SELF)
    assert read(nobody).name == "person_01"
    set_consent(nobody, SELF)


def test_what_is_refused_changes_nothing(nobody: Path, tmp_path: Path) -> None:
    before = (nobody / "identity.yaml").read_bytes()
    with pytest.raises(ConfigError, match=r"identity\.name='a/b'"):
        set_consent(nobody, SELF, name="a/b")
    assert (nobody / "identity.yaml").read_bytes() == before
    with pytest.raises(FacesetError, match="is not a face set"):
        set_consent(tmp_path, SELF)


def test_another_consent_is_replaced_only_by_renewing(nobody: Path) -> None:
    set_consent(nobody, SELF)
    with pytest.raises(ConsentError, match=r"has a consent already .* identity renew"):
        set_consent(nobody, check_consent("synthetic"))
    renewed = renew_consent(nobody, check_consent("synthetic", scope="publication"))
    assert read(nobody) == renewed
    assert renewed.consent.scope == "publication"
    assert [former.basis for former in read(nobody).former] == ["self"]


def test_a_revoked_consent_is_no_ground_and_stays_readable(ada: Path) -> None:
    revoked = revoke_consent(ada, reason="asked by mail")
    assert revoked.consent.revoked == today()
    assert read(ada).consent == revoked.consent
    with pytest.raises(ConsentError, match=rf"^ada: the consent was revoked on {today()}; .* identity renew"):
        require_consent(read(ada).consent.to_dict(), "ada")
    noted = [json.loads(line) for line in revocations_file().read_text().splitlines()]
    assert [(one["name"], one["reason"]) for one in noted] == [("ada", "asked by mail")]
    assert revocations_file().stat().st_mode & 0o777 == 0o600
    revoke_consent(ada)
    assert len(revocations_file().read_text().splitlines()) == 1, "revoking twice is revoking once"


def test_copies_made_before_are_revoked_as_well(ada: Path) -> None:
    before = read(ada).consent.to_dict()
    require_consent(before, "ada")
    revoke_consent(ada)
    with pytest.raises(ConsentError, match="revoked"):
        require_consent(before, "ada")
    with pytest.raises(ConsentError, match="revoked"):  # a card of an older version knows no id
        require_consent(before | {"id": None}, "ada")
    require_consent(before | {"id": None}, "ben")


def test_who_agrees_anew_does_so_in_other_terms(ada: Path) -> None:
    revoke_consent(ada)
    with pytest.raises(ConsentError, match="the very terms"):
        renew_consent(ada, check_consent("written", reference="contract 12"))
    renew_consent(ada, check_consent("written", reference="contract 13"))
    assert require_consent(read(ada).consent.to_dict(), "ada").reference == "contract 13"
    assert [former.revoked for former in read(ada).former] == [today()]


def test_a_damaged_list_of_revocations_lets_nobody_in(ada: Path) -> None:
    revocations_file().parent.mkdir(parents=True)
    revocations_file().write_text("{half a line")
    with pytest.raises(ConsentError, match=r"revocations\.jsonl.*mend or restore"):
        require_consent(read(ada).consent.to_dict(), "ada")


def test_nothing_can_be_revoked_where_nothing_was_given(nobody: Path) -> None:
    with pytest.raises(ConsentError, match="no consent that could be revoked"):
        revoke_consent(nobody)


def test_binding_keeps_the_terms(ada: Path) -> None:
    before = read(ada)
    assert bind_consent(ada) == replace(before)
