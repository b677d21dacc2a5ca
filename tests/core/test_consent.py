"""Consent: complete and current, or refused."""

import datetime

import pytest

from faceswap_lab.core.consent import BASES, MISSING, Consent, check_consent, require_consent
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
    assert require_consent(Consent("self").to_dict(), "ada") == Consent("self")
