"""The command: from face sets to a checkpoint, sweeps into named folders, and every mistake as one line."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
import yaml

from faceswap_lab.commands import train
from faceswap_lab.core.checkpoint import read_card
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.consent import Consent
from faceswap_lab.core.errors import CheckpointError, FaceswapLabError
from faceswap_lab.core.overrides import override
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.identity_record import IdentityRecord

Cli = Callable[..., Any]


@pytest.fixture
def overrides(tiny: list[str], folders: dict[str, str]) -> list[str]:
    return [*tiny, *(override(f"facesets.{name}", folder) for name, folder in folders.items())]


@pytest.fixture
def composed(overrides: list[str], tmp_path: Path) -> Callable[..., Any]:
    """``composed(*more)`` is a run's configuration, its folder ``tmp_path/run``."""
    return lambda *more: compose_config("train", [*overrides, override("output", str(tmp_path / "run")), *more])


def test_a_run_leaves_what_repeats_it(composed: Cli, tmp_path: Path) -> None:
    score = train.run(composed())
    card = read_card(tmp_path / "run" / "checkpoints" / "last.ckpt")
    assert card["steps"] == 3
    assert card["metrics"]["val/ssim"] == pytest.approx(score)
    assert card["model"]["identities"] == ["ada", "ben"]
    assert card["config"]["trainer"]["max_steps"] == 3
    assert card["finder"] == {"detector": "drawn", "landmarker": "drawn"}
    config = yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())
    assert config["trainer"]["max_steps"] == 3
    assert config["facesets"].keys() == {"ada", "ben"}


def test_previews_become_a_timelapse(composed: Cli, tmp_path: Path) -> None:
    train.run(composed("trainer.max_steps=40"))
    folder = tmp_path / "run" / "previews"
    with av.open(str(folder / "timelapse.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(list(folder.glob("[0-9]*.png"))) > 1


def test_validations_and_previews_come_as_often_as_asked_for(composed: Cli, tmp_path: Path) -> None:
    train.run(composed("trainer.max_steps=5", "validate_every=2"))
    shown = sorted(path.name for path in (tmp_path / "run" / "previews").glob("[0-9]*.png"))
    assert shown == ["0000002.png", "0000004.png", "0000005.png"]
    with (tmp_path / "run" / "metrics.csv").open(encoding="utf-8", newline="") as stream:
        assert [int(row["step"]) for row in csv.DictReader(stream) if row["val/ssim"]] == [1, 3, 4]


def test_a_run_with_schedules_is_resumed(composed: Cli, tmp_path: Path) -> None:
    schedules = ["augment.warp.strength={0: 1.0, 2: 0.5}", "loss.weights.dssim={0: 1.0, 2: 2.0}"]
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    train.run(composed(*schedules))
    train.run(composed(*schedules, "trainer.max_steps=4", override("checkpoint", str(last))))
    assert read_card(last)["steps"] == 4
    assert read_card(last)["config"]["augment"]["warp"]["strength"] == {0: 1.0, 2: 0.5}


def test_the_same_run_twice_gives_the_same_checkpoint(composed: Cli, tmp_path: Path) -> None:
    import torch

    states = []
    for name in ("one", "two"):
        folder = tmp_path / name
        train.run(composed(override("output", str(folder))))
        states.append(torch.load(folder / "checkpoints" / "last.ckpt")["state_dict"])
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_minutes_become_steps_in_the_resolved_configuration(
    composed: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "_SAFETY", 1000.0)  # a busy machine may take many times the second that it has here
    cfg = composed("minutes=0.02", "trainer.max_steps=null", "schedule=warmup_linear")
    train.run(cfg)
    steps = yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())["trainer"]["max_steps"]
    assert steps == cfg.trainer.max_steps >= 1
    assert cfg.schedule.total_steps == steps
    assert read_card(tmp_path / "run" / "checkpoints" / "last.ckpt")["steps"] == steps


@pytest.mark.parametrize("precision", ["16-mixed", "16"])
def test_half_precision_is_refused_on_a_cpu_instead_of_changed(composed: Cli, precision: str) -> None:
    with pytest.raises(FaceswapLabError, match=f"trainer.precision={precision} needs a GPU; on a CPU use"):
        train.run(composed(f"trainer.precision={precision}", "trainer.accelerator=cpu"))


def test_bfloat16_trains_on_a_cpu_too(composed: Cli) -> None:
    full, mixed = (
        train.run(composed(f"trainer.precision={precision}", "trainer.accelerator=cpu"))
        for precision in ("32-true", "bf16-mixed")
    )
    assert mixed != full
    assert mixed == pytest.approx(full, abs=0.02)


def test_steps_given_win_over_minutes_and_say_so(composed: Cli, caplog: pytest.LogCaptureFixture) -> None:
    cfg = composed("minutes=5")
    train.run(cfg)
    assert cfg.trainer.max_steps == 3
    assert "minutes=5 does not change the number of steps: trainer.max_steps is given" in caplog.text


def test_a_resumed_run_keeps_its_length(composed: Cli, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    train.run(composed())
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    cfg = composed("trainer.max_steps=null", "minutes=5", override("checkpoint", str(last)))
    train.run(cfg)
    assert cfg.trainer.max_steps == 3
    assert "a resumed run keeps its length" in caplog.text


def test_the_command_line_names_a_sweeps_folders(run_cli: Cli, overrides: list[str], tmp_path: Path) -> None:
    result = run_cli(["train", "-m", "augment=none,half", "seed=1,2", *overrides, f"output={tmp_path / 'study'}"])
    assert result.code == 0, result.stderr
    names = {path.name for path in (tmp_path / "study").iterdir() if path.is_dir()}
    assert names == {f"augment={augment},seed={seed}" for augment in ("none", "half") for seed in (1, 2)}
    for name in names:
        folder = tmp_path / "study" / name
        assert json.loads((folder / "status.json").read_text())["state"] == "done"
        card = read_card(folder / "checkpoints" / "last.ckpt")
        assert card["choices"]["augment"] in name
        assert f"seed={card['seed']}" in name


def small_faceset(folder: Path, consent: Consent) -> str:
    return str(Faceset.create(folder, IdentityRecord("eve", consent)).path)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["~facesets.ben"], "at least two identities, got ada"),
        (["+facesets.eve=/nowhere/eve"], "/nowhere/eve is not a face set"),
        (["+range.eve=0:3"], "range.eve: no such identity; facesets has ada, ben"),
        (["+range.ada=0:3"], "range.ada leaves 3 faces to train"),
        (["checkpoint=/nowhere/last.ckpt"], "/nowhere/last.ckpt: no such file"),
        (["data.num_workers=few"], "data.num_workers=few"),
        (["trainer.accelerator=abacus"], "trainer: "),
        (["trainer.precision=12"], "trainer: "),
        (["validate_every=0"], "validate_every=0 must be a whole number of 1 or more"),
        (["trainer.max_steps=abc"], "trainer.max_steps=abc must be a whole number of 1 or more; null leaves it"),
        (["trainer.max_steps=1.5"], "trainer.max_steps=1.5 must be a whole number"),
        (["trainer.max_steps=true"], "trainer.max_steps=True must be a whole number"),
        (["trainer.max_steps=0"], "trainer.max_steps=0 must be a whole number of 1 or more"),
        (["trainer.max_steps=-3"], "trainer.max_steps=-3 must be a whole number of 1 or more"),
        (["minutes=-1"], "minutes=-1 must be more than 0"),
        (["minutes=0"], "minutes=0 must be more than 0"),
        (["minutes=inf"], "minutes=inf must be more than 0, and have an end"),
        (["minutes=nan"], "minutes=nan must be more than 0"),
        (["++model.encoder.input_size=33"], "cannot be halved"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(composed: Cli, tmp_path: Path, more: list[str], words: str) -> None:
    with pytest.raises(FaceswapLabError, match=re.escape(words)) as caught:
        train.run(composed(*more))
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("run/checkpoints/*"))


def test_an_empty_face_set_is_one_line(composed: Cli, tmp_path: Path) -> None:
    folder = small_faceset(tmp_path / "eve", Consent("self"))
    with pytest.raises(FaceswapLabError, match="eve is an empty face set"):
        train.run(composed(override("facesets.eve", folder)))


def test_a_checkpoint_of_others_is_refused(composed: Cli, folders: dict[str, str], tmp_path: Path) -> None:
    train.run(composed())
    last = override("checkpoint", str(tmp_path / "run" / "checkpoints" / "last.ckpt"))
    others = [override("facesets.amy", folders["ada"]), "~facesets.ada"]
    with pytest.raises(CheckpointError, match="holds the identities ada, ben"):
        train.run(composed(last, *others, override("output", str(tmp_path / "other"))))


def test_a_network_of_another_shape_is_refused(composed: Cli, tmp_path: Path) -> None:
    train.run(composed())
    last = override("checkpoint", str(tmp_path / "run" / "checkpoints" / "last.ckpt"))
    with pytest.raises(CheckpointError, match=r"last\.ckpt holds a network of another shape"):
        train.run(composed(last, "++model.bottleneck.latent=9", override("output", str(tmp_path / "other"))))


def test_a_rate_is_suggested_instead_of_training(composed: Cli, tmp_path: Path) -> None:
    rate = train.run(composed("find_lr=true"))
    assert 1e-7 < rate < 1
    with (tmp_path / "run" / "lr_find.csv").open(encoding="utf-8", newline="") as stream:
        rates = [float(row["lr"]) for row in csv.DictReader(stream)]
    assert rates == sorted(rates)
    assert rate in [pytest.approx(one) for one in rates]
    assert not list((tmp_path / "run").rglob("*.ckpt"))


def test_a_rate_of_two_optimisers_is_not_found(composed: Cli) -> None:
    with pytest.raises(FaceswapLabError, match="find_lr=true does not work here"):
        train.run(composed("find_lr=true", "training=adversarial"))
