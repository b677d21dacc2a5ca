"""Names that lead elsewhere, end early, span lines or are too long, wherever a name is given or read."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.curation.alignments import write_alignments
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.media.images import write_image
from tests.swap.conftest import picture

Cli = Callable[..., Any]
UP, NUL, LINES, LONG, RED, HALF = "../evil", "e\0vil", "e\nvil", "e" * 300, "\x1b[31mevil", "e\udcffvil"
NO_NAMES = {"up": UP, "root": "/evil", "nul": NUL, "lines": LINES, "long": LONG, "red": RED, "half": HALF, "dot": "."}
"""None of these can be a person's name."""

NO_FILES = {"nul": NUL, "long": LONG}
"""None of these can be a file's."""

SELF = "identity.consent.basis=self"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names")
    drawn_faceset(folder / "bob", "bob", 2, identity_seed=1, crop_spec=CropSpec("face", 32))
    write_image(folder / "picture.png", picture(0))
    return folder


@pytest.fixture
def inside(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder two below what is watched, to which commands run."""
    folder = tmp_path / "watched" / "inside"
    shutil.copytree(drawn, folder)
    monkeypatch.chdir(folder)
    return folder


def below(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*") if not path.name.endswith(("-wal", "-shm", ".lock")))


def assert_one_line(result: Any) -> str:
    assert result.code == 2, result
    assert result.stderr.startswith("error: "), result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.rstrip("\n").isprintable(), result.stderr
    return result.stderr


def refused(run_cli: Cli, words: list[Any], inside: Path) -> str:
    before = below(inside.parent)
    said = assert_one_line(run_cli(words))
    assert below(inside.parent) == before
    assert not Path("/evil").exists()
    return said


PEOPLE: dict[str, Callable[[str], list[str]]] = {
    "extract": lambda name: ["extract", "footage=picture.png", "faceset=new", f"identity.name={name}", SELF],
    "consent": lambda name: ["faces", "consent", "faceset=bob", f"identity.name={name}", SELF],
    "convert": lambda name: ["convert", "checkpoint=x", "footage=picture.png", f"identity={name}", "output=o.png"],
    "swap": lambda name: ["convert", "checkpoint=x", "footage=picture.png", f"swap.bob={name}", "output=o.png"],
    "whom": lambda name: ["convert", "checkpoint=x", "footage=picture.png", f"swap.{name}=bob", "output=o.png"],
    "known": lambda name: [
        "convert", "checkpoint=x", "footage=picture.png", "identity=bob", f"facesets.{name}=bob", "output=o.png"
    ],
    "train": lambda name: ["train", f"facesets.{name}=bob", "facesets.b=bob", "output=run"],
    "evaluate": lambda name: ["evaluate", "checkpoint=x", f"footage.{name}=picture.png", "output=eval"],
    "export": lambda name: ["export", "checkpoint=x", f"identity={name}", "output=o.dfm"],
}  # fmt: skip


@pytest.mark.parametrize("kind", NO_NAMES)
@pytest.mark.parametrize("place", PEOPLE)
def test_people(place: str, kind: str, run_cli: Cli, inside: Path) -> None:
    refused(run_cli, PEOPLE[place](NO_NAMES[kind]), inside)


FILES: dict[str, Callable[[str], list[str]]] = {
    "footage": lambda name: ["frames", f"footage={name}", "output=out"],
    "a list of footage": lambda name: ["frames", f"footage=[picture.png, {name}]", "output=out"],
    "frames into": lambda name: ["frames", "footage=picture.png", f"output={name}"],
    "frames below": lambda name: ["frames", "footage=picture.png", f"output={name}/out"],
    "a face set": lambda name: ["faces", "show", f"faceset={name}"],
    "a new face set": lambda name: ["extract", "footage=picture.png", f"faceset={name}", "identity.name=a", SELF],
    "a page": lambda name: ["faces", "show", "faceset=bob", f"output={name}"],
    "merged into": lambda name: ["faces", "merge", "facesets.a=bob", "facesets.b=bob", f"output={name}"],
    "split into": lambda name: ["faces", "split", "faceset=bob", "by=footage", f"output={name}"],
    "exported to": lambda name: ["faces", "export", "faceset=bob", f"output={name}.json"],
    "alignments": lambda name: ["faces", "import", f"alignments={name}", "footage=picture.png", "faceset=new"],
    "a checkpoint": lambda name: ["convert", f"checkpoint={name}", "footage=picture.png", "identity=a", "output=o.png"],
    "a network": lambda name: ["verify", f"{name}.safetensors"],
    "a file to verify": lambda name: ["verify", name],
    "manifests": lambda name: ["verify", "picture.png", f"anchors={name}"],
    "under": lambda name: ["identity", "revoke", "faceset=bob", f"under={name}"],
    "evidence": lambda name: ["identity", "renew", "faceset=bob", SELF, f"identity.consent.evidence={name}"],
    "runs": lambda name: ["compare", f"runs=[{name}]", "output=page.html"],
    "a run": lambda name: ["train", "facesets.a=bob", "facesets.b=bob", f"output={name}"],
    "a demo": lambda name: ["demo", f"output={name}"],
}


@pytest.mark.parametrize("kind", NO_FILES)
@pytest.mark.parametrize("place", FILES)
def test_files(place: str, kind: str, run_cli: Cli, inside: Path) -> None:
    refused(run_cli, FILES[place](NO_FILES[kind]), inside)


@pytest.mark.parametrize("name", ["../other/ü b.png", "a\nb.png", "\x1b[31m.png", "e\udcff.png", "./-.png", "$(x).png"])
def test_files_that_may_be_called_so_are_read_and_shown_plainly(name: str, run_cli: Cli, inside: Path) -> None:
    path = inside / name
    path.parent.mkdir(exist_ok=True)
    shutil.copyfile("picture.png", path)
    done = run_cli(["frames", f"footage={name}", "output=out"])
    assert done.code == 0, done.stderr
    assert os.listdir("out") == ["frame_000000.png"]
    verified = run_cli(["verify", name])
    assert verified.code == 1
    assert all(line.isprintable() for line in (done.stdout + done.stderr + verified.stdout).splitlines())


OF_MEDIA = {"up": "../../evil.mp4", "root": "/evil.mp4", "nul": NUL, "lines": LINES, "long": LONG, "red": RED}
OF_MEDIA |= {"markup": "<script>alert(1)</script>", "dots": "..", "nothing": ""}


@pytest.mark.parametrize("kind", OF_MEDIA)
def test_footage_that_a_face_set_names(kind: str, run_cli: Cli, inside: Path) -> None:
    record = inside / "bob" / "identity.yaml"
    content = yaml.safe_load(record.read_text(encoding="utf-8"))
    content["media"][0]["name"] = OF_MEDIA[kind]
    record.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    before = below(inside.parent)
    for words in (
        ["faces", "show", "faceset=bob", "output=page.html"],
        ["faces", "check", "faceset=bob"],
        ["faces", "split", "faceset=bob", "by=footage", "output=parts"],
        ["faces", "export", "faceset=bob", "output=bob.json"],
        ["faces", "import", "alignments=bob.json", "footage=picture.png", "faceset=again"],
    ):
        done = run_cli(words)
        assert done.code in (0, 2), done.stderr
        assert "Traceback" not in done.stderr
        assert all(line.isprintable() for line in (done.stdout + done.stderr).splitlines()), done
    new = [Path(path).relative_to(inside).parts[0] for path in below(inside.parent) if path not in before]
    assert set(new) <= {"page.html", "parts", "bob.json", "again", "bob"}
    assert "page.html" in new
    assert "<script>alert" not in Path("page.html").read_text(encoding="utf-8")
    assert not Path("/evil.mp4").exists()


@pytest.mark.parametrize("kind", NO_NAMES)
def test_people_whom_an_alignments_file_names(kind: str, run_cli: Cli, inside: Path) -> None:
    write_alignments(Faceset.open(inside / "bob"), inside / "bob.json")
    content = json.loads(Path("bob.json").read_text(encoding="utf-8"))
    content["identity"]["name"] = NO_NAMES[kind]
    Path("bob.json").write_text(json.dumps(content), encoding="utf-8")
    words = ["faces", "import", "alignments=bob.json", "footage=picture.png", "faceset=new"]
    assert "bob.json" in refused(run_cli, words, inside)


@pytest.mark.parametrize("kind", NO_NAMES)
def test_footage_whose_hash_is_none(kind: str, run_cli: Cli, inside: Path) -> None:
    """Files are named after the hashes of footage."""
    write_alignments(Faceset.open(inside / "bob"), inside / "bob.json")
    text = Path("bob.json").read_text(encoding="utf-8")
    sha256 = json.loads(text)["media"][0]["sha256"]
    Path("bob.json").write_text(text.replace(sha256, json.dumps(NO_NAMES[kind])[1:-1]), encoding="utf-8")
    words = ["faces", "import", "alignments=bob.json", "footage=picture.png", "faceset=new"]
    assert "bob.json" in refused(run_cli, words, inside)


def test_text_may_be_longer_than_a_name(run_cli: Cli, inside: Path) -> None:
    words = ["identity", "renew", "faceset=bob", "identity.consent.basis=written"]
    done = run_cli([*words, f"identity.consent.reference={'contract ' * 90}"])
    assert done.code == 0, done.stderr
    assert Faceset.open(inside / "bob").identity.consent.reference == ("contract " * 90).strip() + " "
