"""`identity` end to end: shown, revoked with all that it touches, refused by what comes after, renewed."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from faceswap_lab.core.checkpoint import CARD_KEY
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.data.identities import identity_cards, open_facesets
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.faceset import Faceset

RunCli = Callable[[list[Any]], Any]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_faceset(
        tmp_path_factory.mktemp("drawn") / "ada", "ada", 3, identity_seed=1, crop_spec=CropSpec(size=64)
    ).path


@pytest.fixture
def ada(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return Path(shutil.copytree(drawn, tmp_path / "faces" / "ada"))


def test_revoking_lists_what_holds_the_face_and_stops_its_use(run_cli: RunCli, ada: Path, tmp_path: Path) -> None:
    card = {"identities": dict(identity_cards({"ada": Faceset.open(ada)}))}
    (tmp_path / "runs").mkdir()
    torch.save({"state_dict": {}, CARD_KEY: card}, tmp_path / "runs" / "last.ckpt")
    done = run_cli(["identity", "revoke", f"faceset={ada}", f"under={tmp_path}", "reason=asked, by mail"])
    assert done.code == 0, done.stderr
    assert f"checkpoint {tmp_path / 'runs' / 'last.ckpt'}: draws ada" in done.stdout
    assert "revoked" in done.stdout.splitlines()[-1]
    refused = run_cli(["train", f"facesets.ada={ada}", f"facesets.ben={ada}", f"output={tmp_path / 'run'}"])
    assert refused.code == 2
    assert "was revoked on" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / "run").exists()
    shown = run_cli(["identity", "show", f"faceset={ada}"])
    assert shown.stdout.splitlines()[-1].endswith("may be used today for: nothing")


def test_renewing_widens_the_scope_and_keeps_the_history(run_cli: RunCli, ada: Path) -> None:
    shown = run_cli(["identity", "show", f"faceset={ada}"])
    assert shown.stdout.splitlines()[-1].endswith("may be used today for: research")
    done = run_cli(
        ["identity", "renew", f"faceset={ada}", "identity.consent.basis=written", "identity.consent.scope=publication"]
    )
    assert (done.code, "identity.consent.reference is missing" in done.stderr) == (2, True)
    done = run_cli(
        [
            *("identity", "renew", f"faceset={ada}", "identity.consent.basis=written"),
            *("identity.consent.reference=contract 12", "identity.consent.scope=research, derivative training"),
            *("identity.consent.territory=EU", "identity.consent.subject=Ada's mother"),
        ]
    )
    assert done.code == 0, done.stderr
    consent = Faceset.open(ada).identity.consent
    assert (consent.scope, consent.territory, consent.subject) == (
        "research, derivative-training",
        "EU",
        "Ada's mother",
    )
    shown = run_cli(["identity", "show", f"faceset={ada}"]).stdout
    assert "before: synthetic" in shown
    assert shown.splitlines()[-1].endswith("may be used today for: research, derivative-training")
    open_facesets({"ada": str(ada)}, purpose="derivative-training")
    refused = run_cli(
        ["train", f"facesets.ada={ada}", f"facesets.ben={ada}", "purpose=publication", f"output={ada}_run"]
    )
    assert refused.code == 2
    assert "covers research, derivative-training, not publication" in refused.stderr


def test_evidence_is_compared_and_never_copied(run_cli: RunCli, ada: Path, tmp_path: Path) -> None:
    contract = tmp_path / "contract.pdf"
    contract.write_bytes(b"signed by Ada, 4711")
    done = run_cli(
        ["identity", "renew", f"faceset={ada}", "identity.consent.basis=self", f"identity.consent.evidence={contract}"]
    )
    assert done.code == 0, done.stderr
    assert all(b"4711" not in path.read_bytes() for path in ada.rglob("*") if path.is_file())
    assert run_cli(["identity", "show", f"faceset={ada}", f"evidence={contract}"]).code == 0
    contract.write_bytes(b"signed by somebody else")
    other = run_cli(["identity", "show", f"faceset={ada}", f"evidence={contract}"])
    assert (other.code, "is another file" in other.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["identity"], "the first word is one of show, renew, bind, revoke"),
        (["identity", "revoke", "faceset=nowhere"], "is not a face set"),
        (["identity", "revoke", "faceset=x", "under=/nowhere/at/all"], "no such folder"),
        (["identity", "show"], "faceset is missing"),
        (["identity", "renew", "faceset=x", "identity.consent.evidence=/nowhere"], "evidence=/nowhere: no such file"),
    ],
)
def test_mistakes_are_one_line(run_cli: RunCli, words: list[str], said: str) -> None:
    done = run_cli(words)
    assert done.code == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
