"""The manifest: complete, plain, without folders of the machine, and written whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from faceswap_lab.core.errors import OutputError
from faceswap_lab.provenance.manifest import (
    Ingredient,
    Making,
    container_tags,
    manifest_of,
    manifest_path,
    write_manifest,
)


def making(num_swapped: int = 3) -> Making:
    consent = {"basis": "written", "reference": "contract 12", "scope": "film", "expiry": "2099-01-01"}
    return Making(
        footage=Ingredient("clip.mp4", "a" * 64),
        checkpoint=Ingredient("last.ckpt", "b" * 64),
        identity="ada",
        identities={"ada": {"role": "swapped in", "consent": consent, "licence": None}},
        num_frames=4,
        num_swapped=num_swapped,
        card={"schema": 1, "seed": 7, "identities": {"ada": {"consent": consent, "faceset": "/home/ada/set"}}},
        config={"mask": {"erode_ratio": 0.1}},
        warnings=["clip.mp4: ends early"],
    )


def test_holds_what_it_must(tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    manifest = manifest_of(Ingredient("out.mp4", "c" * 64), making())
    path = write_manifest(tmp_path / "hidden" / "joined.mp4", tmp_path / "out.mp4", manifest)
    assert not list((tmp_path / "hidden").iterdir())
    assert path == manifest_path(tmp_path / "out.mp4") == tmp_path / "out.mp4.manifest.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert content["output"] == {"name": "out.mp4", "sha256": "c" * 64}
    assert content["inputs"] == {
        "footage": {"name": "clip.mp4", "sha256": "a" * 64},
        "checkpoint": {"name": "last.ckpt", "sha256": "b" * 64},
    }
    assert content["identities"]["ada"]["consent"]["reference"] == "contract 12"
    assert content["swap"] == {
        "identity": "ada",
        "frames": 4,
        "frames_swapped": 3,
        "warnings": ["clip.mp4: ends early"],
    }
    assert content["model"]["seed"] == 7
    assert content["config"] == {"mask": {"erode_ratio": 0.1}}
    assert "python" in content["versions"]
    assert content["created"].endswith("+00:00")
    assert content["digitalSourceType"].startswith("http://cv.iptc.org/newscodes/digitalsourcetype/composite")
    assert "/home/ada" not in path.read_text(encoding="utf-8")


def test_footage_that_was_not_changed_claims_no_composite(tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    path = write_manifest(output, output, manifest_of(Ingredient("out.mp4", "c" * 64), making(num_swapped=0)))
    assert json.loads(path.read_text())["digitalSourceType"] is None


def test_tags_name_the_manifest() -> None:
    tags = container_tags("/some/folder/out.mp4")
    assert "out.mp4.manifest.json" in tags["comment"]
    assert "/some/folder" not in tags["comment"]


def test_errors(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    manifest = manifest_of(Ingredient("out.mp4", "c" * 64), making())
    for stage, named in (("file/out.mp4", "out.mp4"), ("out.mp4", "file/out.mp4")):
        with pytest.raises(OutputError, match="file"):
            write_manifest(tmp_path / stage, tmp_path / named, manifest)
