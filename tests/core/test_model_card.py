"""The model card of a checkpoint: what it tells, in which order, and that nothing in it is obeyed."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from faceswap_lab.core.checkpoint import CARD_KEY, SCHEMA
from faceswap_lab.core.model_card import card_sha256, describe_checkpoint, model_card, model_card_path

HEADINGS = (
    *("Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data"),
    *("Quantitative analyses", "Ethical considerations", "Caveats and recommendations"),
)


@pytest.fixture
def card() -> dict[str, Any]:
    consent = {"basis": "written", "reference": "contract 12", "scope": "research, publication", "expiry": "2031-12-31"}
    person = {
        **{"consent": consent, "licence": "CC-BY-4.0", "num_faces": 240},
        **{"faceset": "/home/me/faces/ada", "faceset_hash": "ab" * 32},
    }
    return {
        "schema": SCHEMA,
        "model": {"_target_": "faceswap_lab.models.autoencoder.SharedAutoencoder"},
        "identities": {"ada": person, "ben": {**person, "consent": {"basis": "self", "scope": None}}},
        "crop": {"kind": "whole", "size": 128},
        "output_size": 128,
        "finder": {"detector": "mtcnn", "landmarker": "dlib68"},
        "choices": {"encoder": "light"},
        "config": {"purpose": "publication", "data": {"folder": "/home/me/cache", "batch_size": 8}},
        "seed": 3,
        "steps": 1200,
        "metrics": {"val/ssim": 0.91234},
        "train_seconds": 61.5,
        "samples_per_s": 40.0,
        "parameters": 1_234_567,
        "versions": {"faceswap-lab": "0.1"},
        "commit": None,
    }


def test_it_has_the_headings_and_says_what_was_recorded(card: Any) -> None:
    page = model_card(card, title="last.ckpt")
    assert tuple(re.findall(r"^## (.*)$", page, re.M)) == HEADINGS
    for told in ("# Model card: last.ckpt", "contract 12", "research, publication", "2031-12-31", "ab" * 32, "0.9123"):
        assert told in page
    assert "| Steps | 1200 |" in page
    assert "Trained for: publication" in page
    assert "ben: research" in page, "no scope is research"
    assert card_sha256(card) in page
    assert "/home/me" not in page


def test_what_was_measured_takes_the_place_of_how_to_measure(card: Any) -> None:
    assert "detectability=true" in model_card(card, title="a")
    page = model_card(card, title="a", measured="### Detectability\n\nAUC 0.9\n")
    assert "AUC 0.9" in page
    assert "detectability=true" not in page


def test_nothing_in_it_is_markup(card: Any) -> None:
    evil = "<img src=x onerror=alert(1)>|\n\n# Owned [x](javascript:1)"
    card["identities"] = {evil: {**card["identities"]["ada"], "licence": evil, "faceset_hash": evil}}
    card["identities"][evil]["consent"] = {"basis": evil, "reference": evil}
    card |= {"choices": {evil: evil}, "finder": {evil: evil}, "metrics": {evil: 1.0}, "commit": evil}
    card["config"] = {"purpose": evil, "note": f"{evil}\n```\n<script>"}
    page = model_card(card, title=evil)
    assert tuple(re.findall(r"^#+ (.*)$", page, re.M))[1:3] == ("Model details", "Options chosen")
    outside = "\n".join(line for line in page.splitlines() if not line.startswith("    "))
    assert not re.search(r"(?<!\\)<", outside)
    assert not re.search(r"(?<!\\)\[", outside)


def test_a_checkpoint_is_described_beside_it(card: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "last.ckpt"
    torch.save({CARD_KEY: card, "state_dict": {}}, path)
    describe_checkpoint(path)
    assert model_card_path(path).read_text() == model_card(card, title="last.ckpt")
    del card["seed"]
    torch.save({CARD_KEY: card, "state_dict": {}}, path)
    describe_checkpoint(path)
    path.with_name("cut.ckpt").write_bytes(path.read_bytes()[:200])
    describe_checkpoint(path.with_name("cut.ckpt"))
    assert [("lacks 'seed'" in line, "damaged" in line) for line in caplog.messages] == [(True, False), (False, True)]
    assert not model_card_path(path).exists(), "the card of what was there before is no longer true"
