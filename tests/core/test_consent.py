"""Consent: complete and current, or refused."""

import datetime
import hashlib
from pathlib import Path

import pytest

from faceswap_lab.core.consent import (
    BASES,
    MISSING,
    Consent,
    check_consent,
    consent_id,
    require_consent,
    stated_consent,
)
from faceswap_lab.core.errors import ConsentError

TODAY = datetime.date(2026, 6, 1)


@pytest.mark.parametrize("basis", ["self", "synthetic"])
def test_some_bases_stand_alone(basis: str) -> None:
    assert check_consent(basis).basis == basis


@pytest.mark.parametrize("basis", ["written", "licensed-dataset"])
def test_others_need_a_reference(basis: str) -> None:
    with pytest.raises(ConsentError, match=r"identity\.consent\.reference"):
        check_consent(basis)
    with pytest.raises(ConsentError, match=r"identity\.consent\.reference"):
        check_consent(basis, reference="   ")
    assert check_consent(basis, reference="contract 12").reference == "contract 12"


@pytest.mark.parametrize("basis", [None, "", "yes", "Self"])
def test_anything_else_is_refused_with_the_list(basis: str | None) -> None:
    with pytest.raises(ConsentError) as caught:
        check_consent(basis)
    assert all(known in str(caught.value) for known in BASES)


def test_public_material_is_for_demonstration_only() -> None:
    assert check_consent("public-material").scope == "demonstration"
    with pytest.raises(ConsentError, match="demonstration"):
        check_consent("public-material", scope="advertising")


def test_expiry_counts_its_last_day() -> None:
    assert check_consent("self", expiry="2026-06-01", today=TODAY).expiry == "2026-06-01"
    with pytest.raises(ConsentError, match="ended on 2026-05-31"):
        check_consent("self", expiry="2026-05-31", today=TODAY)
    with pytest.raises(ConsentError, match="2027-12-31"):
        check_consent("self", expiry="soon", today=TODAY)


def test_a_record_survives_its_dictionary() -> None:
    consent = check_consent("written", reference="contract 12", scope="research")
    assert Consent.from_dict(consent.to_dict()) == consent
    with pytest.raises(ConsentError, match="colour"):
        Consent.from_dict({"basis": "self", "colour": "red"})


def test_missing_is_a_record_and_never_a_ground() -> None:
    assert MISSING not in BASES
    record = Consent(MISSING).to_dict()
    with pytest.raises(ConsentError, match=r"nobody has said .* give one of self, written"):
        check_consent(MISSING)
    with pytest.raises(ConsentError, match=r"^face set faces/person_01: identity"):
        require_consent(record, "face set faces/person_01")
    assert require_consent(Consent("self").to_dict(), "ada") == check_consent("self")


@pytest.mark.parametrize(
    ("scope", "kept"),
    [
        (None, "research"),
        ("publication", "publication"),
        ("derivative training/Research", "research, derivative-training"),
        ("[publication, research]", "research, publication"),
    ],
)
def test_a_scope_is_a_set_of_purposes(scope: str | None, kept: str) -> None:
    assert check_consent("self", scope=scope).scope == kept


def test_a_scope_in_other_words_is_refused() -> None:
    with pytest.raises(ConsentError, match=r"identity\.consent\.scope is 'my film'; give one or more of research"):
        check_consent("self", scope="my film")


def test_a_purpose_has_to_be_covered() -> None:
    record = check_consent("self", scope="publication").to_dict()
    assert require_consent(record, "ada", purpose="publication").scope == "publication"
    with pytest.raises(ConsentError, match=r"^ada: .* covers publication, not research; .* identity renew"):
        require_consent(record, "ada")
    with pytest.raises(ConsentError, match=r"purpose=fun: give one of research, publication"):
        require_consent(record, "ada", purpose="fun")
    shown = check_consent("public-material").to_dict()
    assert require_consent(shown, "ada").scope == "demonstration"
    with pytest.raises(ConsentError, match="covers demonstration, not publication"):
        require_consent(shown, "ada", purpose="publication")


def test_an_evidence_is_kept_by_its_hash(tmp_path: Path) -> None:
    (tmp_path / "contract.pdf").write_bytes(b"signed")
    consent = stated_consent({"basis": "self", "evidence": tmp_path / "contract.pdf"})
    assert consent.evidence_sha256 == hashlib.sha256(b"signed").hexdigest()
    assert require_consent(consent.to_dict(), "ada") == consent
    for path in (tmp_path, tmp_path / "gone"):
        with pytest.raises(ConsentError, match=r"identity\.consent\.evidence="):
            stated_consent({"basis": "self", "evidence": path})
    with pytest.raises(ConsentError, match="no SHA-256"):
        check_consent("self", evidence_sha256="abc")


def test_the_id_is_of_person_and_terms() -> None:
    one = consent_id("ada", check_consent("self"))
    assert one == consent_id("ada", check_consent("self", scope="research"))
    assert len({one, consent_id("ben", check_consent("self")), consent_id("ada", check_consent("synthetic"))}) == 3


def test_a_field_that_is_no_text_is_refused() -> None:
    with pytest.raises(ConsentError, match=r"identity\.consent\.reference is 12; it has to be text"):
        require_consent({"basis": "self", "reference": 12}, "ada")
