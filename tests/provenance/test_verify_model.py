"""What `verify` says of exported models that are whole, altered, moved, signed by others, or somebody else's."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faceswap_lab.commands.verify import lines
from faceswap_lab.core.errors import FootageError
from faceswap_lab.core.files import sha256_of
from faceswap_lab.provenance.authority import authority_folder, local_identification
from faceswap_lab.provenance.seal import sealed
from faceswap_lab.provenance.verify_model import verify_model


def exported(folder: Path, *, signs: bool = True, expiry: str | None = None) -> Path:
    """A file with a sidecar as `export` writes it."""
    path = folder / "bob.dfm"
    path.write_bytes(bytes(range(256)) * 8)
    consent = {"basis": "self", "reference": None, "scope": "research", "expiry": expiry}
    card = {"identities": {"bob": {"consent": consent}, "eve": {"consent": {"basis": "missing"}}}}
    described = {
        **{"schema": 1, "file": path.name, "sha256": sha256_of(path), "card": card},
        "export": {"identity": "bob", "footage_identity": None},
    }
    sidecar = sealed(described, local_identification()) if signs else described
    (folder / "bob.dfm.json").write_text(json.dumps(sidecar))
    return path


def test_what_was_just_exported_is_ours_and_intact(own_keys: Path, tmp_path: Path) -> None:
    found = verify_model(exported(tmp_path))
    assert (found.verdict, found.exit_code, found.sidecar_matches) == ("intact", 0, True)
    assert found.seal is not None
    assert found.seal.local
    assert found.consent == {"bob": "holds"}, "only those who are drawn count"


@pytest.mark.parametrize("what", ["file", "card", "signature"])
def test_one_byte_more_is_altered(own_keys: Path, tmp_path: Path, what: str) -> None:
    path = exported(tmp_path)
    sidecar = tmp_path / "bob.dfm.json"
    content = json.loads(sidecar.read_text())
    if what == "file":
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    elif what == "card":
        content["card"]["identities"]["bob"]["consent"]["basis"] = "written"
    else:
        content["signature"]["value"] = content["signature"]["value"][::-1]
    sidecar.write_text(json.dumps(content))
    found = verify_model(path)
    assert (found.verdict, found.exit_code) == ("altered", 1)


def test_an_altered_model_card_is_noticed_and_a_missing_one_is_not(own_keys: Path, tmp_path: Path) -> None:
    path, page = exported(tmp_path), tmp_path / "bob.dfm.md"
    page.write_text("# Model card: bob.dfm")
    content = json.loads((tmp_path / "bob.dfm.json").read_text())
    content["model_card_sha256"] = sha256_of(page)
    (tmp_path / "bob.dfm.json").write_text(json.dumps(sealed(content, local_identification())))
    assert (verify_model(path).model_card, verify_model(path).verdict) == ("intact", "intact")
    page.write_text("# Model card: bob.dfm, all consents given")
    assert (verify_model(path).model_card, verify_model(path).verdict) == ("altered", "altered")
    page.unlink()
    assert (verify_model(path).model_card, verify_model(path).verdict) == ("absent", "intact")


def test_without_signature_or_sidecar_nothing_is_intact(own_keys: Path, tmp_path: Path) -> None:
    path = exported(tmp_path, signs=False)
    assert verify_model(path).verdict == "altered"
    (tmp_path / "bob.dfm.json").unlink()
    assert verify_model(path).verdict == "not ours"


def test_a_strangers_signature_is_intact_and_vouched_for_by_nobody(
    own_keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = exported(tmp_path)
    anchors = (authority_folder() / "authority.pem").read_bytes()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "somebody"))
    found, trusting = verify_model(path), verify_model(path, anchors=anchors)
    assert found.seal is not None
    assert trusting.seal is not None
    assert (found.seal.intact, found.seal.local, trusting.seal.local) == (True, False, True)


def test_a_consent_that_ended_is_said(own_keys: Path, tmp_path: Path) -> None:
    assert "ended on 2020-01-01" in verify_model(exported(tmp_path, expiry="2020-01-01")).consent["bob"]


@pytest.mark.parametrize("content", ["", "[]", "[" * 50_000, '{"sha256": 3, "signature": 5, "card": []}', "\ud800"])
def test_any_sidecar_is_answered(own_keys: Path, tmp_path: Path, content: str) -> None:
    path = exported(tmp_path)
    (tmp_path / "bob.dfm.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    assert verify_model(path).exit_code == 1


def test_what_is_no_file_cannot_be_read(own_keys: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "gone.dfm", tmp_path):
        with pytest.raises(FootageError, match="no such file"):
            verify_model(path)


def test_a_name_in_a_card_cannot_pass_for_the_verdict(own_keys: Path, tmp_path: Path) -> None:
    path = exported(tmp_path)
    content = json.loads((tmp_path / "bob.dfm.json").read_text())
    content["card"]["identities"] = {"x\nbob.dfm: ours and intact": {"consent": {"basis": "self"}}}
    content["export"] = {}
    (tmp_path / "bob.dfm.json").write_text(json.dumps(content))
    said = lines(verify_model(path))
    assert not any("\n" in line for line in said)
    assert [line for line in said if line.startswith("bob.dfm: ")] == []
    assert said[-1].endswith("bob.dfm: ours, but altered since")


def test_a_folder_of_manifests_is_said_to_be_of_no_use(
    own_keys: Path, tmp_path: Path, run_cli: Callable[..., Any]
) -> None:
    result = run_cli(["verify", f"file={exported(tmp_path)}", "manifests=/nowhere"])
    assert result.code == 0
    assert "manifests= finds nothing here: the card of bob.dfm lies beside it" in result.stderr
