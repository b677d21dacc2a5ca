"""Footage in, a measured, marked swap out, through the command line, on a few seconds of the embedded footage."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import av
import onnx
import pytest

from faceswap_lab.commands.demo_footage import write_demo_footage
from faceswap_lab.core.checkpoint import read_card
from faceswap_lab.data.portrait import load_portrait
from faceswap_lab.media.images import write_image

# Whole jobs on a loaded machine: the limit of a single test is too short for them.
pytestmark = pytest.mark.timeout(600)

Cli = Callable[..., Any]
SECONDS = 2.4


class Job(NamedTuple):
    """What the stages before hand on."""

    folder: Path
    footage: dict[str, Path]
    facesets: list[str]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four short clips, rendered once."""
    folder = tmp_path_factory.mktemp("footage")
    write_demo_footage(folder, seconds=SECONDS)
    return folder


@pytest.fixture
def job(clips: Path, tmp_path: Path, run_cli: Cli) -> Job:
    """Two face sets, extracted through the command line."""
    facesets: list[str] = []
    for name in ("astronaut", "hopper"):
        words = [f"footage={clips}/{name}_train.mp4", f"faceset={tmp_path}/faces/{name}", f"identity.name={name}"]
        result = run_cli(["extract", *words, "identity.consent.basis=public-material"])
        assert result.code == 0, result.stderr
        facesets.append(f"facesets.{name}={tmp_path}/faces/{name}")
    held = {name: clips / f"{name}_held.mp4" for name in ("astronaut", "hopper")}
    return Job(tmp_path, held, facesets)


def _packets(path: Path, kind: str) -> list[tuple[int | None, str]]:
    with av.open(str(path)) as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        packets = [packet for packet in container.demux(stream) if packet.size]
        return sorted((packet.pts, hashlib.sha256(bytes(packet)).hexdigest()) for packet in packets)


def test_footage_becomes_a_measured_and_marked_swap(job: Job, run_cli: Cli) -> None:
    run = job.folder / "run"
    trained = run_cli(["train", "experiment=light", "trainer.max_steps=3", f"output={run}", *job.facesets])
    assert trained.code == 0, trained.stderr
    checkpoint = run / "checkpoints" / "last.ckpt"
    card = read_card(checkpoint)
    assert card["steps"] == 3
    assert card["identities"]["hopper"]["consent"]["scope"] == "demonstration"
    assert json.loads((run / "status.json").read_text())["state"] == "done"

    out = job.folder / "report"
    words = [f"footage.{name}={path}" for name, path in job.footage.items()]
    measured = run_cli(["evaluate", f"checkpoint={checkpoint}", *words, f"output={out}"])
    assert measured.code == 0, measured.stderr
    metrics = json.loads((out / "metrics.json").read_text())
    assert set(metrics["pairs"]) == {"astronaut>hopper", "hopper>astronaut"}
    assert set(metrics["restored"]) == {"astronaut", "hopper"}
    for pair, figures in metrics["pairs"].items():
        assert figures["frames"] == round(SECONDS * 25)
        assert figures["frames_swapped"] > 0.9 * figures["frames"]  # what three steps draw is no face yet
        footage, identity = pair.split(">")
        swapped = out / f"swapped_{footage}_as_{identity}.mp4"
        assert _packets(swapped, "audio") == _packets(job.footage[footage], "audio")
        before, after = (_packets(path, "video") for path in (job.footage[footage], swapped))
        assert [pts for pts, _ in before] == [pts for pts, _ in after]
        manifest = json.loads(swapped.with_name(f"{swapped.name}.manifest.json").read_text())
        assert hashlib.sha256(swapped.read_bytes()).hexdigest() in json.dumps(manifest)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "data:image/" in page
    assert 'src="http' not in page


def test_mistakes_about_a_checkpoint_are_one_line(job: Job, run_cli: Cli) -> None:
    run, clip = job.folder / "run", job.footage["hopper"]
    assert run_cli(["train", "experiment=light", "trainer.max_steps=1", f"output={run}", *job.facesets]).code == 0
    known = [f"checkpoint={run}/checkpoints/last.ckpt", f"footage={clip}"]
    for words, expected in (
        ([*known, "identity=nobody", f"output={job.folder}/x.mp4"], "nobody"),
        ([*known, "identity=hopper", f"output={clip}"], "same as the input"),
    ):
        result = run_cli(["convert", *words])
        assert result.code == 2
        assert expected in result.stderr
        assert result.stderr.count("\n") == 1
    assert not (job.folder / "x.mp4").exists()


def test_a_sweep_names_its_folders_by_what_is_swept(job: Job, run_cli: Cli) -> None:
    study = job.folder / "study"
    words = ["experiment=light", "seed=1,2", "augment=half,none", "trainer.max_steps=1", f"output={study}"]
    result = run_cli(["train", "-m", *words, *job.facesets])
    assert result.code == 0, result.stderr
    folders = {path.parent.name for path in study.glob("*/status.json")}
    assert folders == {f"augment={augment},seed={seed}" for augment in ("half", "none") for seed in (1, 2)}


@pytest.mark.slow
def test_encoders_are_swept_like_anything_else(job: Job, run_cli: Cli) -> None:
    study = job.folder / "study"
    words = ["encoder=original,light", "seed=1,2", "trainer.max_steps=3", f"output={study}"]
    result = run_cli(["train", "-m", *words, *job.facesets])
    assert result.code == 0, result.stderr
    assert {path.parent.name for path in study.glob("*/status.json")} == {
        f"encoder={encoder},seed={seed}" for encoder in ("original", "light") for seed in (1, 2)
    }


@pytest.mark.slow
def test_a_direction_that_a_network_cannot_swap_is_null_with_the_reason(job: Job, run_cli: Cli) -> None:
    run, out = job.folder / "run", job.folder / "report"
    small = ["++model.bottleneck.latent=8", "++model.bottleneck.channels=8", "data.batch_size=2"]
    pair = ["experiment=light", "bottleneck=liae", "model=shared_decoder", "training=autoencoder", "data.partners=null"]
    trained = run_cli(["train", *pair, *small, "trainer.max_steps=2", f"output={run}", *job.facesets])
    assert trained.code == 0, trained.stderr
    words = [f"footage.{name}={path}" for name, path in job.footage.items()]
    measured = run_cli(["evaluate", f"checkpoint={run}/checkpoints/last.ckpt", *words, f"output={out}"])
    assert measured.code == 0, measured.stderr
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["pairs"]["hopper>astronaut"]["frames_swapped"] > 0
    assert metrics["pairs"]["astronaut>hopper"] is None
    assert any("astronaut>hopper" in note for note in metrics["notes"])


@pytest.mark.slow
def test_anybody_s_dfm_is_measured_like_a_checkpoint(job: Job, run_cli: Cli) -> None:
    run, ours, foreign = job.folder / "run", job.folder / "ours.dfm", job.folder / "foreign" / "hopper.dfm"
    trained = run_cli(["train", "experiment=light", "trainer.max_steps=2", f"output={run}", *job.facesets])
    assert trained.code == 0, trained.stderr
    exported = run_cli(["export", f"checkpoint={run}/checkpoints/last.ckpt", "identity=hopper", f"output={ours}"])
    assert exported.code == 0, exported.stderr
    model = onnx.load(str(ours))
    del model.metadata_props[:]  # and with it all that tells ours from others'
    foreign.parent.mkdir()
    onnx.save(model, str(foreign))
    for file in (ours, foreign):
        out = job.folder / f"report_{file.stem}"
        clip = f"footage.astronaut={job.footage['astronaut']}"
        measured = run_cli(
            ["evaluate", f"checkpoint={file}", clip, "range.astronaut=0:20", *job.facesets, f"output={out}"]
        )
        assert measured.code == 0, measured.stderr
        metrics = json.loads((out / "metrics.json").read_text())
        assert set(metrics["pairs"]) == {"astronaut>hopper"}
        assert metrics["pairs"]["astronaut>hopper"]["frames_swapped"] == 20
        assert metrics["restored"] == {}  # it draws hopper only
        assert metrics["identities"]["hopper"]["consent"]["basis"] == "public-material"
    other_way = [f"footage.hopper={job.footage['hopper']}", *job.facesets, f"output={job.folder / 'no'}"]
    refused = run_cli(["evaluate", f"checkpoint={foreign}", *other_way])
    assert refused.code == 2
    assert "draws hopper only" in refused.stderr


@pytest.mark.slow
def test_a_gallery_and_a_forgery_classifier_through_the_command(job: Job, run_cli: Cli) -> None:
    run, out, gallery = job.folder / "run", job.folder / "report", job.folder / "gallery"
    trained = run_cli(["train", "experiment=light", "trainer.max_steps=2", f"output={run}", *job.facesets])
    assert trained.code == 0, trained.stderr
    gallery.mkdir()
    portrait = load_portrait("astronaut").image
    write_image(gallery / "somebody.png", portrait)
    known = [f"checkpoint={run}/checkpoints/last.ckpt", f"output={out}"]
    words = [f"footage.{name}={path}" for name, path in job.footage.items()]
    words += ["range.astronaut=0:16", "range.hopper=0:16", f"gallery={gallery}", "detectability=true"]
    measured = run_cli(["evaluate", *known, *words])
    assert measured.code == 0, measured.stderr
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["gallery"] == ["somebody.png"]
    found = metrics["detectability"]
    assert set(found["auc"]) == {"astronaut>hopper", "hopper>astronaut"}
    assert all(0 <= value <= 1 for values in found["auc"].values() for value in values)
    assert metrics["cost"]["flops_per_face"] > 1e6
    assert metrics["pairs"]["astronaut>hopper"]["outside_exact_ratio"] == 1.0
    assert metrics["cycle"]["hopper>astronaut"]["frames"] > 10
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "forgery classifier" in page
    assert "detectability=true" in page
    for mistake, line in (
        (f"gallery={job.folder}/none", "is no folder"),
        ("embedder@judge=dlib_resnet", "is the embedder already"),
        ("embedder@judge=sface", "judge.model=FILE"),
    ):
        refused = run_cli(["evaluate", *known, *words[:2], mistake])
        assert refused.code == 2
        assert line in refused.stderr
        assert refused.stderr.count("\n") == 1
