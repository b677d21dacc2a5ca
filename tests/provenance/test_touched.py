"""What a consent touches: by id, by the hash of the faces, by the folder, and nothing of anybody else."""

import json
from pathlib import Path

import pytest
import torch

from faceswap_lab.core.checkpoint import CARD_KEY
from faceswap_lab.provenance.index import Entry, remember
from faceswap_lab.provenance.touched import Sought, touched

ADA = {"consent": {"id": "a" * 16}, "faceset_hash": "1" * 64, "faceset": "/elsewhere/ada"}
BEN = {"consent": {"id": "b" * 16}, "faceset_hash": "2" * 64, "faceset": "/elsewhere/ben"}


@pytest.fixture
def sought(tmp_path: Path) -> Sought:
    return Sought("ada", frozenset({"a" * 16}), tmp_path / "faces" / "ada", "1" * 64)


def checkpoint(path: Path, **people: dict[str, object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"state_dict": {"net.w": torch.zeros(3)}, CARD_KEY: {"identities": people}}, path)
    return path


def manifest(path: Path, **people: dict[str, object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"identities": people, "model": {"identities": people}}))
    return path


def found(folder: Path, sought: Sought) -> set[tuple[str, str, str]]:
    return {(one.kind, one.path.name, one.how) for one in touched(folder, sought)}


def test_everything_that_holds_the_face_is_found_and_nothing_else(
    own_keys: Path, tmp_path: Path, sought: Sought
) -> None:
    work = tmp_path / "work"
    checkpoint(work / "run" / "checkpoints" / "last.ckpt", ada=ADA, ben=BEN)
    checkpoint(work / "other" / "checkpoints" / "last.ckpt", ben=BEN)
    checkpoint(work / "old.ckpt", x={"consent": {"basis": "self"}, "faceset_hash": "1" * 64, "faceset": "/moved"})
    (work / "run" / "config.yaml").write_text(f"facesets:\n  ada: {sought.faceset}\n  ben: /elsewhere/ben\n")
    (work / "other" / "config.yaml").write_text("facesets: {ben: /elsewhere/ben}\n")
    (work / "ada.dfm.json").write_text(json.dumps({"card": {"identities": {"ada": ADA}}}))
    manifest(work / "clips" / "a.mp4.manifest.json", ada={"role": "swapped in"} | ADA)
    manifest(work / "clips" / "b.mp4.manifest.json", ada={"role": "footage"} | ADA, ben=BEN)
    manifest(work / "clips" / "c.mp4.manifest.json", ben={"role": "swapped in"} | BEN)
    assert found(work, sought) == {
        ("checkpoint", "last.ckpt", "draws ada"),
        ("checkpoint", "old.ckpt", "draws x"),
        ("run", "run", "trained on the face set"),
        ("model", "ada.dfm", "draws ada"),
        ("output", "a.mp4", "swapped in"),
        ("output", "b.mp4", "footage"),
    }


def test_outputs_of_the_index_are_found_wherever_they_lie_and_once(
    own_keys: Path, tmp_path: Path, sought: Sought
) -> None:
    away = manifest(tmp_path / "away" / "out.mp4.manifest.json", ada={"role": "swapped in"} | ADA)
    here = manifest(tmp_path / "here" / "in.mp4.manifest.json", ada={"role": "swapped in"} | ADA)
    for one in (away, here, away, tmp_path / "gone.mp4.manifest.json"):
        remember(Entry("0" * 8, "k", str(one), "0" * 64))
    names = [one.path.name for one in touched(tmp_path / "here", sought)]
    assert names == ["in.mp4", "out.mp4"]


def test_foreign_and_hostile_files_are_passed_over(own_keys: Path, tmp_path: Path, sought: Sought) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "a.ckpt").write_bytes(b"cos\nsystem\n(S'touch owned'\ntR.")
    (work / "b.safetensors").write_bytes(b"\xff" * 64)
    (work / "c.mp4.manifest.json").write_text("[" * 100_000)
    (work / "d.dfm.json").write_text('{"card": {"identities": [1, 2]}}')
    (work / "config.yaml").write_text("facesets: !!python/object/apply:os.system ['true']")
    (work / "e.mp4.manifest.json").write_text('{"identities": {"ada": 3}}')
    (work / "loop").symlink_to(work)
    assert found(work, sought) == set()
    assert not Path("owned").exists()
