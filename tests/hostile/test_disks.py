"""Disks that are full or read-only, under every command that writes: one line, and what was there stays as it was."""

import contextlib
import hashlib
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from faceswap_lab.core.checkpoint import read_checkpoint
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.data.portrait import load_portrait
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.curation.check import check
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.media.images import write_image
from faceswap_lab.media.synth_writer import write_clip
from tests.swap.conftest import picture, tiny_checkpoint

FILLER = "filler"
SAID = {
    "full": ("the disk is full", "disk is full"),
    "read-only": ("read-only", "readonly"),
}
NETWORK = ["widths=[4,8,8]", "input_size=32"]
TRAINING = [
    *(f"++model.encoder.{word}" for word in NETWORK),
    *(f"++model.bottleneck.{name}=8" for name in ("latent", "channels", "out_channels")),
    "++model.decoder.widths=[8,4]",
    "data.batch_size=4",
    "data.validation_faces=4",
    "data.num_workers=0",
    "logger=csv",
    "trainer.accelerator=cpu",
    "trainer.log_every_n_steps=1",
    "trainer.max_steps=6",
]


class Disk:
    """A small file system of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, left: int) -> None:
        """Leaves only so many bytes free."""
        with (self.path / FILLER).open("wb") as stream:
            stream.write(b"\0" * max(shutil.disk_usage(self.path).free - left, 0))

    def make_read_only(self) -> None:
        subprocess.run(["mount", "-o", "remount,ro", str(self.path)], check=True)

    def content(self) -> dict[str, str]:
        """Every file's hash, of a database that of its rows."""
        return {
            str(path.relative_to(self.path)): hashlib.sha256(
                rows(path) if path.suffix == ".sqlite" else path.read_bytes()
            ).hexdigest()
            for path in self.path.rglob("*")
            if path.is_file() and path.name != FILLER and not path.name.endswith(("-wal", "-shm", "-journal"))
        }


def rows(database: Path) -> bytes:
    """All that a database holds, its log included, read elsewhere, since reading may write beside it."""
    with tempfile.TemporaryDirectory() as folder:
        for path in database.parent.glob(f"{database.name}*"):
            if not path.name.endswith("-shm"):
                shutil.copyfile(path, Path(folder) / path.name)
        with contextlib.closing(sqlite3.connect(Path(folder) / database.name)) as connection:
            return "\n".join(connection.iterdump()).encode()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    path = tmp_path / "disk"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(path)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small file system is not allowed here")
    yield Disk(path)
    subprocess.run(["umount", "--lazy", str(path)], check=True)


class Inputs(NamedTuple):
    """What lies elsewhere and is read."""

    ada: Path
    ben: Path
    portrait: Path
    talk: Path
    clip: Path
    checkpoint: Path


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    folder = tmp_path_factory.mktemp("inputs")
    for seed, name in enumerate(("ada", "ben"), 1):
        drawn_faceset(folder / name, name, 20, identity_seed=seed, crop_spec=CropSpec("face", 64))
    portrait = load_portrait("astronaut").image
    write_image(folder / "portrait.png", portrait)
    write_clip(folder / "talk.mp4", [np.roll(portrait, 2 * shift, axis=1) for shift in range(6)], fps=25)
    noise = np.random.default_rng(0).integers(0, 40, (48, 128, 160, 3))
    write_clip(folder / "clip.mp4", [(picture(k) + noise[k]).astype(np.uint8) for k in range(48)], fps=25)
    checkpoint = tiny_checkpoint(folder / "tiny.ckpt")
    return Inputs(
        folder / "ada", folder / "ben", folder / "portrait.png", folder / "talk.mp4", folder / "clip.mp4", checkpoint
    )


def there(source: Path, disk: Disk, name: str) -> Path:
    """A copy on the small disk, made while it has room."""
    target = disk.path / name
    return Path(shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target))


def frames(inputs: Inputs, disk: Disk) -> list[Any]:
    return ["frames", f"footage={inputs.clip}", f"output={disk.path / 'out'}"]


def extract(inputs: Inputs, disk: Disk) -> list[Any]:
    words = [f"footage={inputs.portrait}", f"faceset={disk.path / 'new' / 'eileen'}", "identity.name=eileen"]
    return ["extract", *words, "identity.consent.basis=public-material"]


def extract_more(inputs: Inputs, disk: Disk) -> list[Any]:
    faces = there(inputs.ada, disk, "ada")
    words = [f"footage={inputs.portrait}", f"faceset={faces}", "identity.name=ada", "crop.size=64", "~embedder"]
    return ["extract", *words, "identity.consent.basis=synthetic"]


def train(inputs: Inputs, disk: Disk) -> list[Any]:
    sets = [f"facesets.ada={inputs.ada}", f"facesets.ben={inputs.ben}"]
    return ["train", *TRAINING, *sets, f"output={disk.path / 'runs' / 'one'}"]


def train_from_there(inputs: Inputs, disk: Disk) -> list[Any]:
    """The face sets lie on the disk, with no room for their caches beside them."""
    sets = [f"facesets.{name}={there(getattr(inputs, name), disk, name)}" for name in ("ada", "ben")]
    return ["train", *TRAINING, *sets, f"output={disk.path / 'runs' / 'one'}"]


def convert(inputs: Inputs, disk: Disk, output: str = "out.mp4") -> list[Any]:
    if output == "out.mp4":
        there(inputs.clip, disk, output)
    words = [f"checkpoint={inputs.checkpoint}", f"footage={inputs.clip}", "identity=ada", "device=cpu"]
    return ["convert", *words, "writer.crf=0", "writer.preset=ultrafast", f"output={disk.path / output}"]


def convert_to_a_folder(inputs: Inputs, disk: Disk) -> list[Any]:
    words = convert(inputs, disk, "pictures")
    return [word for word in words if not str(word).startswith("writer.")]


def evaluate(inputs: Inputs, disk: Disk) -> list[Any]:
    held = [f"footage.{name}={inputs.talk}" for name in ("ada", "ben")]
    sets = [f"facesets.{name}={getattr(inputs, name)}" for name in ("ada", "ben")]
    words = [f"checkpoint={inputs.checkpoint}", *held, *sets, "device=cpu", "refine=off"]
    return ["evaluate", *words, f"output={disk.path / 'report'}"]


def export(inputs: Inputs, disk: Disk) -> list[Any]:
    there(inputs.checkpoint, disk, "ben.dfm")
    return ["export", f"checkpoint={inputs.checkpoint}", "identity=ben", f"output={disk.path / 'ben.dfm'}"]


def faces(verb: str, *more: str) -> Callable[[Inputs, Disk], list[Any]]:
    def words(inputs: Inputs, disk: Disk) -> list[Any]:
        return [*verb.split(), f"faceset={there(inputs.ada, disk, 'ada')}", *more]

    return words


slow = pytest.mark.slow
COMMANDS = [
    pytest.param(frames, id="frames"),
    pytest.param(export, id="export"),
    pytest.param(faces("faces sort", "by=yaw"), id="sort"),
    pytest.param(faces("faces edit", "reject=0:3"), id="edit"),
    pytest.param(faces("faces show"), id="show"),
    pytest.param(faces("identity revoke", "reason=asked"), id="revoke"),
    pytest.param(extract, id="extract", marks=slow),
    pytest.param(extract_more, id="extract_more", marks=slow),
    pytest.param(train, id="train", marks=slow),
    pytest.param(train_from_there, id="train_from_there", marks=slow),
    pytest.param(convert, id="convert", marks=slow),
    pytest.param(convert_to_a_folder, id="convert_to_a_folder", marks=slow),
    pytest.param(evaluate, id="evaluate", marks=slow),
]


@pytest.mark.parametrize("left", [None, 0, 12 * 1024], ids=["read-only", "full", "nearly full"])
@pytest.mark.parametrize("command", COMMANDS)
def test_one_line_and_all_as_before(
    command: Callable[[Inputs, Disk], list[Any]],
    left: int | None,
    inputs: Inputs,
    disk: Disk,
    run_apart: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))  # what is revoked here stays revoked there
    monkeypatch.chdir(tmp_path)
    words = command(inputs, disk)
    if left and words[:2] == ["identity", "revoke"]:
        pytest.skip("that much is enough for a record")
    before = disk.content()
    if left is None:
        disk.make_read_only()
    else:
        disk.fill(left)
    done = run_apart(words, most_s=170)
    *others, last = done.stderr.splitlines()
    assert done.code == 2, done.stderr
    assert last.startswith("error: "), done.stderr
    assert str(disk.path) in last, last
    assert any(said in last for said in SAID["read-only" if left is None else "full"]), last
    assert all(line.startswith("warning: ") for line in others), done.stderr
    after = disk.content()
    if left and words[0] == "extract":  # the record of a set names the footage before the first of its faces
        before.pop("ada/identity.yaml", None)
        after.pop("ada/identity.yaml", None)
    assert {name: after.get(name) for name in before} == before
    assert [name for name in after if ".part" in name or name.startswith(".")] == []
    for checkpoint in disk.path.rglob("*.ckpt"):
        read_checkpoint(checkpoint)
    if (disk.path / "ada").is_dir() and words[0] != "extract":  # which goes on with the same command
        assert check(Faceset.open(disk.path / "ada")).faults() == []
