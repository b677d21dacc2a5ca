"""Pipes into which nobody writes, in every place where a file is read: none is waited for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.media.images import write_image
from tests.swap.conftest import picture

Pipe = Callable[[str], Path]
SELF = "identity.consent.basis=self"


@pytest.mark.parametrize("name", ["clip.mp4", "clip", "picture.png", "picture.tif", "clip.gif"])
def test_as_footage(name: str, pipe: Pipe, tmp_path: Path, refused: Callable[..., str]) -> None:
    said = refused(["frames", f"footage={pipe(name)}", f"output={tmp_path / 'out'}"])
    assert "it is a pipe, not a file" in said


@pytest.mark.parametrize(
    "words",
    [
        ["extract", "footage={clip.mp4}", "faceset=set", "identity.name=a", SELF],
        ["verify", "{clip.mp4}"],
        ["verify", "{picture.jpg}"],
        ["verify", "{model.dfm}"],
        ["verify", "{model.safetensors}"],
        ["convert", "checkpoint={last.ckpt}", "footage=whole.png", "identity=ada", "output=out.png"],
        ["convert", "checkpoint={last.safetensors}", "footage=whole.png", "identity=ada", "output=out.png"],
        ["convert", "checkpoint={bob.dfm}", "footage=whole.png", "identity=bob", "output=out.png"],
        ["export", "checkpoint={last.ckpt}", "identity=ada", "output=out.dfm"],
        ["faces", "import", "alignments={a.json}", "footage=whole.png", "faceset=set"],
        ["extract", "footage=whole.png", "faceset=set", "identity.name=a", SELF]
        + ["identity.consent.evidence={letter.pdf}"],
    ],
    ids=lambda words: " ".join(words)[:60],
)
def test_in_place_of_a_file(
    words: list[str], pipe: Pipe, tmp_path: Path, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / "whole.png", picture(0))
    drawn_faceset(tmp_path / "bob", "bob", 1, identity_seed=1)
    arguments = []
    for word in words:
        key, _, name = word.partition("{")
        if name:
            pipe(name.rstrip("}"))
        arguments.append(key + name.rstrip("}"))
    refused(arguments)


def test_beside_a_file(pipe: Pipe, tmp_path: Path, run_apart: Callable[..., Any]) -> None:
    """A manifest, a credential or a sidecar that is a pipe counts as none."""
    write_image(tmp_path / "a.png", picture(0))
    (tmp_path / "a.dfm").write_bytes(b"never opened")
    for name in ("a.png.manifest.json", "a.png.c2pa", "a.dfm.json"):
        pipe(name)
    assert run_apart(["verify", tmp_path / "a.png"]).code == 1
    assert run_apart(["verify", tmp_path / "a.dfm"]).code == 1


def test_among_other_files(
    pipe: Pipe, tmp_path: Path, run_apart: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))  # what is revoked here stays revoked there
    folder = tmp_path / "in"
    folder.mkdir()
    write_image(folder / "0.png", picture(0))
    for name in ("in/1.png", "in/2.jpg", "runs/x/last.ckpt", "runs/x/config.yaml", "runs/y.mp4.manifest.json"):
        pipe(name)
    done = run_apart(["frames", f"footage={folder}", f"output={tmp_path / 'out'}"])
    assert done.code == 0
    assert "1.png: cannot be read (it is a pipe, not a file)" in done.stderr
    drawn_faceset(tmp_path / "bob", "bob", 1, identity_seed=1)
    revoked = run_apart(["identity", "revoke", f"faceset={tmp_path / 'bob'}", f"under={tmp_path / 'runs'}"])
    assert revoked.code == 0, revoked.stderr
    assert "last.ckpt: cannot be read (it is a pipe, not a file)" in revoked.stderr
