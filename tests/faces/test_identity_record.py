"""Who a face set shows and why it may be used: a missing consent is set once."""

from pathlib import Path

import pytest

from faceswap_lab.core.consent import MISSING, Consent
from faceswap_lab.core.errors import ConfigError, ConsentError, FacesetError
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IdentityRecord, MediaRecord, set_consent


@pytest.fixture
def nobody(tmp_path: Path) -> Path:
    record = IdentityRecord("person_01", Consent(MISSING), media=(MediaRecord("ab" * 32, "clip.mp4", 160, 120, 25.0),))
    Faceset.create(tmp_path / "person_01", record)
    return tmp_path / "person_01"


def test_a_missing_consent_is_set_and_the_rest_kept(nobody: Path) -> None:
    set_consent(nobody, basis="written", reference="contract 12", name="ada", licence="CC-BY-4.0")
    record = Faceset.open(nobody, may_be_empty=True).identity
    assert record.consent == Consent("written", reference="contract 12")
    assert (record.name, record.licence) == ("ada", "CC-BY-4.0")
    assert [media.name for media in record.media] == ["clip.mp4"]


def test_name_and_licence_stay_where_none_is_given(nobody: Path) -> None:
    set_consent(nobody, basis="self")
    assert Faceset.open(nobody, may_be_empty=True).identity.name == "person_01"
    set_consent(nobody, basis="self")


def test_what_is_refused_changes_nothing(nobody: Path, tmp_path: Path) -> None:
    before = (nobody / "identity.yaml").read_bytes()
    for basis in (MISSING, None, "friends", "written"):
        with pytest.raises(ConsentError):
            set_consent(nobody, basis=basis)
    with pytest.raises(ConfigError, match=r"identity\.name='a/b'"):
        set_consent(nobody, basis="self", name="a/b")
    assert (nobody / "identity.yaml").read_bytes() == before
    with pytest.raises(FacesetError, match="is not a face set"):
        set_consent(tmp_path, basis="self")


def test_another_consent_is_not_replaced(nobody: Path) -> None:
    set_consent(nobody, basis="self")
    with pytest.raises(ConsentError, match="has a consent already"):
        set_consent(nobody, basis="synthetic")
