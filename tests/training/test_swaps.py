"""Swaps measured while a run trains: when, on which weights, what is decided by them, and that nothing else changes."""

import logging
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EMAWeightAveraging

from faceswap_lab.commands import train
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.errors import ConfigError, FacesetError
from faceswap_lab.core.metrics_table import read_metrics
from faceswap_lab.core.overrides import override
from faceswap_lab.evaluation.held_out_swaps import FIGURES, HeldOutSwaps, Parted
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.training.callbacks.checkpointer import Checkpointer
from faceswap_lab.training.callbacks.early_stop import EarlyStop
from faceswap_lab.training.callbacks.swaps import Swaps
from faceswap_lab.training.fit import fit
from faceswap_lab.training.monitor import mode_of

Make = Callable[..., Any]
pytestmark = pytest.mark.timeout(600)
STEPS = 10


class KilledError(RuntimeError):
    """The process is gone."""


class Weights:
    """A check that says of a network what the mean of its weights is."""

    names = ("weights",)

    def __call__(self, network: torch.nn.Module, card: Any) -> Mapping[str, float]:
        return {"weights": mean_weight(network.state_dict())}


class Told:
    """A check that gives one value after another."""

    names = ("told",)

    def __init__(self, *values: float) -> None:
        self.values = list(values)

    def __call__(self, network: torch.nn.Module, card: Any) -> Mapping[str, float]:
        return {"told": self.values.pop(0)}


def mean_weight(state: Mapping[str, torch.Tensor]) -> float:
    return float(torch.cat([value.float().flatten() for value in state.values()]).double().mean())


def steps_of(folder: Path, metric: str) -> dict[int, float]:
    """Values of a metric by the number of steps done."""
    return {step + 1: value for step, value in read_metrics(folder).get(metric, {}).items()}


@pytest.fixture(scope="module")
def check(folders: dict[str, str]) -> HeldOutSwaps:
    """The real one, on as few faces as there can be."""
    people = {}
    for name, folder in folders.items():
        faceset = Faceset.open(folder)
        people[name] = Parted(faceset, faceset.rows()[:2], faceset.rows()[21:])
    return HeldOutSwaps(people, faces=3, described=1, real=2)


@pytest.fixture
def run(make_module: Make, make_data: Make) -> Make:
    """``run(folder, *callbacks)`` trains ten steps and validates after every second."""

    def run(folder: Path, *callbacks: pl.Callback, checkpoint: Path | None = None) -> Any:
        module = make_module(STEPS)
        fit(
            module,
            make_data(),
            folder=folder,
            max_steps=STEPS,
            validate_every=2,
            checkpoint=checkpoint,
            callbacks=callbacks,
            make_trainer=lambda **known: pl.Trainer(log_every_n_steps=1, enable_progress_bar=False, **known),
        )
        return module

    return run


@pytest.mark.parametrize(
    ("every", "expected"), [(1, [2, 4, 6, 8, 10]), (4, [4, 8, 10]), (5, [6, 10]), (7, [8, 10]), (99, [10])]
)
def test_swaps_are_measured_at_the_first_validation_after_so_many_steps_and_at_the_last(
    run: Make, tmp_path: Path, every: int, expected: list[int]
) -> None:
    run(tmp_path, Swaps(Weights(), every_n_steps=every))
    assert list(steps_of(tmp_path, "val/weights")) == expected
    assert list(steps_of(tmp_path, "val/ssim")) == [2, 4, 6, 8, 10]


def test_the_figures_are_those_of_the_network_as_it_is_saved(
    run: Make, make_module: Make, check: HeldOutSwaps, tmp_path: Path
) -> None:
    module = run(tmp_path, Swaps(check, every_n_steps=5), Checkpointer())
    assert module.net.training
    again = make_module(STEPS)
    again.load_state_dict(torch.load(tmp_path / "checkpoints" / "last.ckpt")["state_dict"])
    expected = check(again.net, again.card)
    assert {f"{name}_ada_as_ben" for name in FIGURES[:2]} <= set(expected) <= set(check.names)
    for name, value in expected.items():
        assert steps_of(tmp_path, f"val/{name}")[STEPS] == pytest.approx(value, rel=1e-6), name
        assert list(steps_of(tmp_path, f"val/{name}")) == [6, STEPS]
    pairs = [expected[f"identity_distance_target_{pair}"] for pair in ("ada_as_ben", "ben_as_ada")]
    assert expected["identity_distance_target"] == pytest.approx(np.mean(pairs))
    assert expected["identity_distance_target_worst"] == max(pairs)


def test_measuring_changes_neither_weights_nor_random_numbers(run: Make, check: HeldOutSwaps, tmp_path: Path) -> None:
    bare, measured = run(tmp_path / "bare"), run(tmp_path / "measured", Swaps(check, every_n_steps=6))
    for (name, one), other in zip(bare.state_dict().items(), measured.state_dict().values(), strict=True):
        assert torch.equal(one, other), name
    before = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state()
    measured.net.eval()
    check(measured.net, measured.card)
    assert not measured.net.training
    assert random.getstate() == before[0]
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])
    assert torch.equal(torch.get_rng_state(), before[2])


@pytest.mark.parametrize(("kill", "every"), [(3, 4), (6, 4), (9, 4), (6, 99)])
def test_a_run_that_was_killed_goes_on_to_the_same_figures(
    run: Make, read_metrics: Make, check: HeldOutSwaps, tmp_path: Path, kill: int, every: int
) -> None:
    figure, measure = ("identity_distance_target", check) if every > STEPS else ("weights", Weights())

    class Kill(pl.Callback):
        def on_train_batch_start(self, trainer: pl.Trainer, *_: Any) -> None:
            if trainer.global_step == kill:
                raise KilledError

    def callbacks() -> list[pl.Callback]:
        stop = EarlyStop(f"val/{figure}", mode="min", patience=9)
        return [
            Swaps(measure, every_n_steps=every),
            stop,
            Checkpointer(f"val/{figure}", mode="min", every_n_steps=1),
        ]

    whole = run(tmp_path / "whole", *callbacks())
    with pytest.raises(KilledError):
        run(tmp_path / "parts", *callbacks(), Kill())
    last = tmp_path / "parts" / "checkpoints" / "last.ckpt"
    parts = run(tmp_path / "parts", *callbacks(), checkpoint=last)
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), parts.state_dict().values(), strict=True))
    assert read_metrics(tmp_path / "parts") == read_metrics(tmp_path / "whole")
    best = [torch.load(tmp_path / name / "checkpoints" / "best.ckpt")["global_step"] for name in ("whole", "parts")]
    assert best[0] == best[1]
    assert steps_of(tmp_path / "parts", f"val/{figure}")


def test_averaged_weights_are_measured_where_there_are_some(run: Make, tmp_path: Path) -> None:
    # Whatever the order, for the weights are averaged before the first batch of a validation.
    for name, callbacks in (("after", [EMAWeightAveraging(decay=0.5)]), ("alone", [])):
        swaps = Swaps(Weights(), every_n_steps=2)
        run(tmp_path / name, swaps, *callbacks, Checkpointer())
        state = torch.load(tmp_path / name / "checkpoints" / "last.ckpt")["state_dict"]
        saved = mean_weight({key: value for key, value in state.items() if key.startswith("net.")})
        assert steps_of(tmp_path / name, "val/weights")[STEPS] == pytest.approx(saved, rel=1e-5)
    averaged, last = (steps_of(tmp_path / name, "val/weights")[STEPS] for name in ("after", "alone"))
    assert averaged != pytest.approx(last, rel=1e-4)


@pytest.mark.parametrize(("mode", "best"), [("max", 6), ("min", 8)])
def test_best_is_the_best_of_what_was_measured(run: Make, tmp_path: Path, mode: str, best: int) -> None:
    told = Swaps(Told(0.5, 0.3, 0.9, 0.1, 0.5), every_n_steps=1)
    run(tmp_path, told, Checkpointer("val/told", mode=mode))
    assert torch.load(tmp_path / "checkpoints" / "best.ckpt")["global_step"] == best
    assert torch.load(tmp_path / "checkpoints" / "last.ckpt")["global_step"] == STEPS


def test_a_run_that_gets_no_better_ends_and_says_so(
    run: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "faceswap_lab")
    told = Swaps(Told(0.5, 0.4, 0.401, 0.45, 0.1), every_n_steps=1)
    stop = EarlyStop("val/told", mode="min", patience=2)
    run(tmp_path, told, stop, Checkpointer("val/told", mode="min"))
    assert "step 8: val/told was not better for 2 measurements" in caplog.text
    assert list(steps_of(tmp_path, "val/told")) == [2, 4, 6, 8]
    assert torch.load(tmp_path / "checkpoints" / "last.ckpt")["global_step"] == 8
    assert torch.load(tmp_path / "checkpoints" / "best.ckpt")["global_step"] == 4


def test_validations_that_measure_no_swaps_do_not_count(run: Make, tmp_path: Path) -> None:
    told = Swaps(Told(0.5, 0.6, 0.7, 0.7), every_n_steps=4)  # at 4, 8, 10, and validations at 2 and 6
    run(tmp_path, told, EarlyStop("val/told", mode="min", patience=2), Checkpointer())
    assert list(steps_of(tmp_path, "val/told")) == [4, 8, 10]


def test_small_gains_do_not_count_where_they_should_not(run: Make, tmp_path: Path) -> None:
    told = Swaps(Told(0.5, 0.49, 0.48, 0.47, 0.46), every_n_steps=1)
    run(tmp_path, told, EarlyStop("val/told", mode="min", patience=2, least=0.05), Checkpointer())
    assert list(steps_of(tmp_path, "val/told")) == [2, 4, 6]


@pytest.mark.parametrize(
    "callback", [lambda: EarlyStop("val/tolt", mode="min"), lambda: Checkpointer("val/tolt", mode="min")]
)
def test_what_nobody_measures_is_refused_and_the_nearest_named(run: Make, tmp_path: Path, callback: Make) -> None:
    with pytest.raises(ConfigError, match=r"monitor=val/tolt is not measured at validations; did you mean val/told"):
        run(tmp_path, Swaps(Told(0.5), every_n_steps=4), callback())


@pytest.mark.parametrize(
    ("metric", "mode"),
    [
        ("val/ssim", "max"),
        ("val/l1_ada", "min"),
        ("val/identity_distance_target_worst", "min"),
        ("val/mouth_opening_correlation_ada_as_ben", "max"),
        ("train/loss", "min"),
    ],
)
def test_which_end_is_good_is_known_by_the_name(metric: str, mode: str) -> None:
    assert mode_of(metric, None, key="x") == mode


def test_what_is_not_known_by_its_name_is_asked_for() -> None:
    with pytest.raises(ConfigError, match=r"x.monitor=val/mine: give x.mode=max or min"):
        mode_of("val/mine", None, key="x")
    with pytest.raises(ConfigError, match=r"x.mode=maximum must be max, min or null"):
        mode_of("val/ssim", "maximum", key="x")


@pytest.fixture
def composed(tiny: list[str], folders: dict[str, str], tmp_path: Path) -> Make:
    """``composed(*more)`` is a run's configuration that measures swaps, its folder ``tmp_path/run``."""
    words = [word for word in tiny if word != "~callbacks.swaps"]
    facesets = [override(f"facesets.{name}", folder) for name, folder in folders.items()]
    few = ["callbacks.swaps.check.faces=3", "callbacks.swaps.check.described=1", "callbacks.swaps.check.real=1"]
    often = ["data.validation_faces=1"]  # which makes a validation of every fourth step, or every step of few
    return lambda *more: compose_config(
        "train", [*words, *facesets, *few, *often, override("output", str(tmp_path / "run")), *more]
    )


@pytest.mark.slow
def test_the_command_measures_four_times_and_remembers_how_often(composed: Make, tmp_path: Path) -> None:
    cfg = composed("trainer.max_steps=16")
    train.run(cfg)
    assert cfg.callbacks.swaps.every_n_steps == 4
    assert list(steps_of(tmp_path / "run", "val/identity_distance_target")) == [4, 8, 12, 16]
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    longer = composed("trainer.max_steps=20", override("checkpoint", str(last)))
    train.run(longer)
    assert longer.callbacks.swaps.every_n_steps == 4
    assert list(steps_of(tmp_path / "run", "val/identity_distance_target")) == [4, 8, 12, 16, 20]


def test_minutes_that_are_too_short_leave_swaps_out(
    composed: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cfg = composed("minutes=0.02", "trainer.max_steps=null")
    train.run(cfg)
    assert "swaps are not measured during the run: it takes" in caplog.text
    assert cfg.callbacks.swaps is None
    assert not steps_of(tmp_path / "run", "val/identity_distance_target")


@pytest.mark.slow
def test_what_decides_by_swaps_has_them_measured_at_every_validation(composed: Make, tmp_path: Path) -> None:
    monitor = "callbacks.checkpointer.monitor=val/identity_distance_target"
    train.run(composed(monitor, "trainer.max_steps=8"))
    measured = steps_of(tmp_path / "run", "val/identity_distance_target")
    assert list(measured) == list(steps_of(tmp_path / "run", "val/ssim"))
    best = torch.load(tmp_path / "run" / "checkpoints" / "best.ckpt")["global_step"]
    assert measured[best] == min(measured.values())


def test_what_decides_by_swaps_needs_them(composed: Make, caplog: pytest.LogCaptureFixture) -> None:
    monitor = "callbacks.checkpointer.monitor=val/identity_distance_target"
    with pytest.raises(ConfigError, match=r"checkpointer.monitor=val/identity.* needs callbacks.swaps, which is off"):
        train.run(composed(monitor, "callbacks.swaps=null"))
    short = ["data.validation_ratio=0.05", "data.gap_s=0.1"]
    with pytest.raises(FacesetError, match="holds out 2 faces of ada"):
        train.run(composed(monitor, *short))
    train.run(composed(*short))
    assert "swaps are not measured during the run" in caplog.text
