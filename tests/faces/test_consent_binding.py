"""A consent holds for the faces it was given for: not for others under its name, nor where it was moved to."""

import shutil
from pathlib import Path

import pytest
import yaml

from faceswap_lab.core.consent import check_consent
from faceswap_lab.core.errors import ConsentError
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.data.identities import open_facesets
from faceswap_lab.faces.consent_binding import faces_sha256, require_faceset_consent
from faceswap_lab.faces.consent_changes import bind_consent, renew_consent
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.curation.marks import mark
from faceswap_lab.faces.faceset import Faceset


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    for seed, name in enumerate(("ada", "ben")):
        drawn_faceset(folder / name, name, 3, identity_seed=seed, crop_spec=CropSpec(size=64))
    return folder


@pytest.fixture
def sets(drawn: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(drawn, tmp_path / "sets"))


def rewrite(path: Path, **changes: object) -> None:
    content = yaml.safe_load((path / "identity.yaml").read_text())
    (path / "identity.yaml").write_text(yaml.safe_dump(content | changes))


def test_what_is_written_is_bound(sets: Path) -> None:
    faceset = Faceset.open(sets / "ada")
    assert faceset.identity.consent.faces_sha256 == faces_sha256(faceset)
    assert require_faceset_consent(faceset).basis == "synthetic"


def test_a_record_moved_to_another_persons_faces_is_refused(sets: Path) -> None:
    shutil.copy(sets / "ada" / "identity.yaml", sets / "ben" / "identity.yaml")
    with pytest.raises(ConsentError, match=r"ben: identity\.consent\.faces_sha256 does not match .* bind") as no:
        open_facesets({"ben": str(sets / "ben")})
    assert "\n" not in str(no.value)
    open_facesets({"ada": str(sets / "ada")})


def test_faces_that_came_in_beside_the_program_are_refused_until_somebody_looked(sets: Path) -> None:
    for part in ("faces.sqlite", "crops", "masks"):
        place = sets / "ada" / part
        shutil.rmtree(place) if place.is_dir() else place.unlink()
        shutil.copytree(sets / "ben" / part, place) if (sets / "ben" / part).is_dir() else shutil.copy(
            sets / "ben" / part, place
        )
    with pytest.raises(ConsentError, match="faces_sha256 does not match"):
        require_faceset_consent(Faceset.open(sets / "ada"))
    with pytest.raises(ConsentError, match="faces_sha256 does not match"):
        renew_consent(sets / "ada", check_consent("self"))
    bind_consent(sets / "ada")
    require_faceset_consent(Faceset.open(sets / "ada"))


def test_looking_and_sorting_out_change_nothing(sets: Path) -> None:
    mark(Faceset.open(sets / "ada"), [1], rejected=True, what="looked")
    require_faceset_consent(Faceset.open(sets / "ada"))


def test_a_set_of_the_schema_before_is_opened_and_bound_when_it_changes(sets: Path) -> None:
    content = yaml.safe_load((sets / "ada" / "identity.yaml").read_text())
    old = {name: content["consent"][name] for name in ("basis", "reference", "expiry")} | {"scope": None}
    del content["former_consents"]
    (sets / "ada" / "identity.yaml").write_text(yaml.safe_dump(content | {"schema": 1, "consent": old}))
    faceset = Faceset.open(sets / "ada")
    assert faceset.identity.consent.scope == "research"
    require_faceset_consent(faceset)
    faceset.write_record(faceset.identity)
    written = yaml.safe_load((sets / "ada" / "identity.yaml").read_text())
    assert written["schema"] == 2
    assert written["consent"] == content["consent"], "the same person, terms and faces give the same id and hash"


def test_a_set_without_binding_is_refused(sets: Path) -> None:
    content = yaml.safe_load((sets / "ada" / "identity.yaml").read_text())
    rewrite(sets / "ada", consent=content["consent"] | {"faces_sha256": None})
    with pytest.raises(ConsentError, match="faces_sha256 does not match"):
        require_faceset_consent(Faceset.open(sets / "ada"))
