"""The studies: every setting can be built, the small variants run and go on, the figures are added up rightly."""

import csv
import importlib
import json
import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
import torch

from experiments.running import jobs as running
from experiments.running.jobs import Plan, Setting, run_jobs
from experiments.running.main import Study, main
from experiments.running.results import Row, is_undecided, read_rows, summarise, write_table
from faceswap_lab.commands.train import SUPPLIED
from faceswap_lab.core.checkpoint import read_card
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.metrics_table import last_metrics
from faceswap_lab.core.overrides import from_shell
from faceswap_lab.core.preflight import find_faults
from faceswap_lab.core.targets import plain

NAMES = ("encoder_swap", "loss_ablation", "two_to_four")


def study(name: str) -> Study:
    return importlib.import_module(f"experiments.{name}.run").STUDY


def settings() -> list[tuple[str, str]]:
    return [(name, setting) for name in NAMES for setting in study(name).settings]


@pytest.mark.parametrize(("name", "setting"), settings())
def test_every_setting_can_be_built(name: str, setting: str) -> None:
    words = [*study(name).shared, *study(name).settings[setting].overrides, "output=x"]
    cfg = compose_config("train", [from_shell("train", word) for word in words])
    assert find_faults({key: plain(cfg[key]) for key in map(str, cfg)}, supplied=SUPPLIED) == []


def test_the_ablation_has_the_losses_that_it_names() -> None:
    def terms(setting: str) -> dict[str, float]:
        words = [*study("loss_ablation").shared, *study("loss_ablation").settings[setting].overrides]
        cfg = compose_config("train", [from_shell("train", word) for word in words])
        assert set(cfg.loss.terms) == set(cfg.loss.weights)
        assert cfg.training.swap_loss is None
        return {**cfg.loss.weights, "features": cfg.training.features_weight}

    rest = {"mask": 0.05, "features": 0}
    assert terms("l1") == {"l1": 1.0, **rest}
    assert terms("dssim") == {"dssim": 1.0, **rest}
    assert terms("l1+dssim") == {"l1": 1.0, "dssim": 1.0, **rest}
    assert terms("ms_ssim") == {"ms_ssim": 1.0, **rest}
    assert terms("l1+dssim+features") == {"l1": 1.0, "dssim": 1.0, **rest, "features": 1.25}
    assert terms("l1+dssim+gradient") == {"l1": 1.0, "dssim": 1.0, "gradient": 0.5, **rest}


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hydra reads the program's arguments; the program's log is put back afterwards."""
    import logging
    import sys

    monkeypatch.setattr(sys, "argv", ["faceswap-lab"])
    ours = logging.getLogger("faceswap_lab")
    handlers, level, propagate = list(ours.handlers), ours.level, ours.propagate
    yield
    ours.handlers, ours.propagate = handlers, propagate
    ours.setLevel(level)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("name", ["encoder_swap", pytest.param("loss_ablation", marks=pytest.mark.slow)])
def test_the_small_variant_runs_and_goes_on(name: str, tmp_path: Path) -> None:
    assert main(study(name), ["--small", "--output", str(tmp_path)]) == 0
    jobs = [tmp_path / f"{setting},seed=1" for setting in study(name).small]
    with (tmp_path / "results.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {(row["setting"], row["what"]) for row in rows} == {
        (s, w) for s in study(name).small for w in ("ada", "ben")
    }
    for row in rows:
        measured = last_metrics(tmp_path / f"{row['setting']},seed=1")[f"val/ssim_{row['what']}"]
        assert float(row["ssim"]) == pytest.approx(measured, rel=1e-5)
    picture = cv2.imread(str(tmp_path / "plot.png"))
    assert picture.std() > 5
    assert all(setting in (tmp_path / "table.md").read_text() for setting in study(name).small)

    before = [(job / "status.json").read_bytes() for job in jobs]
    (jobs[1] / "status.json").write_text(json.dumps({"state": "running"}))  # as a killed study leaves it
    assert main(study(name), ["--small", "--output", str(tmp_path)]) == 0
    assert (jobs[0] / "status.json").read_bytes() == before[0]
    assert json.loads((jobs[1] / "status.json").read_text())["state"] == "done"


@pytest.mark.slow
@pytest.mark.usefixtures("quiet")
def test_a_decoder_added_afterwards_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    assert main(study("two_to_four"), ["--small", "--output", str(tmp_path)]) == 0
    two, added = (
        torch.load(tmp_path / f"{name},seed=1" / "checkpoints" / "last.ckpt")["state_dict"]
        for name in ("two", "two_then_four")
    )
    cards = {name: read_card(tmp_path / f"{name},seed=1/checkpoints/last.ckpt") for name in study("two_to_four").small}
    assert {name: card["steps"] for name, card in cards.items()} == {"two": 2, "four": 1, "two_then_four": 1}
    kept = [key for key in two if key.startswith("net.")]
    assert all(torch.equal(two[key], added[key]) for key in kept)
    assert kept
    assert any("decoders.3" in key for key in added)

    def compared(table: str) -> list[str]:
        return [line.split(" | ")[0] for line in (tmp_path / table).read_text().splitlines()[2:]]

    assert compared("table.md") == ["| two", "| four", "| two_then_four"]
    assert compared("table_added.md") == ["| four", "| two_then_four"]  # `two` has no such decoders


def test_other_seeds_make_as_many_steps_as_the_first_had_time_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[list[str]] = []

    def train(words: list[str]) -> None:
        said.append(words)
        folder = tmp_path / f"a,{next(word for word in words if word.startswith('seed='))}"
        folder.mkdir()
        (folder / "config.yaml").write_text("trainer: {max_steps: 7}")

    monkeypatch.setattr(running, "run_command", train)
    monkeypatch.setattr(running, "_measure", lambda folder, people: None)
    run_jobs(Plan(tmp_path, (), (3, 5), minutes=2.0), {"a": Setting(times=1.5)}, [])
    assert ["minutes=3" in words for words in said] == [True, False]
    assert ["trainer.max_steps=7" in words for words in said] == [False, True]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--steps", "0"], "0 must be more than 0"),
        (["--minutes", "nan"], "nan must be more than 0"),
        (["--minutes", "2", "--steps", "3"], "--steps: not allowed with argument --minutes"),
        (["--small", "--steps", "3"], "--steps: not allowed with argument --small"),
        (["--footage", "drawn", "--frames", "3"], "--frames is of the portraits, whom --footage drawn leaves out"),
        (["--footage", "clips"], "--footage clips needs --clips FOLDER"),
    ],
)
def test_what_fits_together_is_said_before_anything_runs(
    words: list[str], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(study("loss_ablation"), words)
    assert caught.value.code == 2
    assert fault in capsys.readouterr().err


def rows_of(**by_seed: list[float]) -> list[Row]:
    return [
        Row("a", int(seed.removeprefix("s")), f"direction {i}", {"closer_to_target_ratio": value})
        for seed, values in by_seed.items()
        for i, value in enumerate(values)
    ]


def test_seeds_are_averaged_first_and_the_interval_is_students() -> None:
    summary = summarise(rows_of(s1=[0.0, 2.0], s2=[2.0], s3=[3.0, 3.0]), "a", "closer_to_target_ratio")
    assert summary is not None
    assert summary.seeds == (1.0, 2.0, 3.0)
    assert summary.mean == 2.0
    assert summary.half == pytest.approx(4.303 / math.sqrt(3))  # deviation 1, two degrees of freedom
    assert summarise(rows_of(s1=[1.0]), "b", "closer_to_target_ratio") is None
    one = summarise(rows_of(s1=[1.0]), "a", "closer_to_target_ratio")
    assert one is not None
    assert math.isnan(one.half)


def test_a_setting_is_undecided_by_its_best_run(tmp_path: Path) -> None:
    assert is_undecided(rows_of(s1=[0.89], s2=[0.5]), "a")
    assert not is_undecided(rows_of(s1=[0.91], s2=[0.5]), "a")
    write_table(tmp_path / "table.md", rows_of(s1=[0.89], s2=[0.5]), ["a"], ["closer_to_target_ratio"])
    assert (tmp_path / "table.md").read_text().splitlines()[2].startswith("| a | 0.695 ± 2.478 | undecided |")


def test_rows_come_from_the_report_where_there_is_one(tmp_path: Path) -> None:
    plan = Plan(tmp_path, (), (1,))
    report = plan.job("a", 1) / "report"
    report.mkdir(parents=True)
    content = {"pairs": {"x>y": {"flicker_ratio": 1.5, "note": "n"}, "y>x": None}, "restored": {"x": {"ssim": 0.5}}}
    (report / "metrics.json").write_text(json.dumps(content))
    trained = plan.job("trained", 1)
    trained.mkdir()
    (trained / "metrics.csv").write_text("step,val/ssim_x\n3,0.75\n")
    assert read_rows(plan, ["trained"]) == [Row("trained", 1, "x", {"ssim": 0.75})]
    assert read_rows(plan, ["a", "trained", "missing"]) == [
        Row("a", 1, "x>y", {"flicker_ratio": 1.5}),
        Row("a", 1, "x", {"ssim": 0.5}),
    ]
