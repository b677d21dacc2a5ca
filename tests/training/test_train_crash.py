"""A real SIGKILL in the middle of training: resumed, it ends in the checkpoint and table of a whole run."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from faceswap_lab.core.overrides import override

STEPS, NUM_KILLS = 60, 6
# What a clock decides differs between any two runs.
CLOCKS = {"train_seconds", "samples_per_s", "train/samples_per_s", "train/seconds", "spent_s", "training_s"}
# Everything that remembers: averaged weights, usual gradients, dropped updates, a course of the learning rate and of a
# weight, random colours and damage, faces even over yaw, goals for swaps.
WORDS = [
    "++model.encoder.widths=[4,8,8]",
    "++model.encoder.input_size=32",
    "++model.bottleneck.latent=8",
    "++model.bottleneck.channels=8",
    "++model.bottleneck.out_channels=8",
    "++model.decoder.widths=[8,4]",
    "data.batch_size=4",
    "data.validation_faces=4",
    "data.partners=3",
    "data.yaw_bins=8",
    "augment=photometric",
    "augment.warp.strength={0: 1.0, 20: 0.5}",
    "loss.weights.dssim={0: 1.0, 30: 2.0}",
    "training.swap_weight=0.5",
    "schedule=warmup_cosine",
    "callbacks=ema",
    "+callbacks.autoclip={_target_: faceswap_lab.training.callbacks.autoclip.AutoClip}",
    "+callbacks.lr_dropout={_target_: faceswap_lab.training.callbacks.lr_dropout.LrDropout, keep: 0.5}",
    "+callbacks.checkpointer.every_n_steps=3",
    "logger=csv",
    "trainer.accelerator=cpu",
    "trainer.log_every_n_steps=1",
    f"trainer.max_steps={STEPS}",
]


@pytest.fixture
def command(folders: dict[str, str]) -> Callable[..., list[str]]:
    """``command(run, workers, gathered)`` trains into a folder, from the last checkpoint that is there."""

    def words(run: Path, workers: int, gathered: int) -> list[str]:
        last = run / "checkpoints" / "last.ckpt"
        begin = [override("checkpoint", str(last))] if last.exists() else []
        given = [*(override(f"facesets.{name}", folder) for name, folder in folders.items()), *begin]
        return [
            *(sys.executable, "-m", "faceswap_lab", "train", *WORDS, *given),
            *(f"data.num_workers={workers}", f"trainer.accumulate_grad_batches={gathered}"),
            override("output", str(run)),
        ]

    return words


def saved_at_ns(run: Path) -> int:
    """When the last checkpoint was put in its place, 0 where there is none."""
    try:
        return (run / "checkpoints" / "last.ckpt").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def kill_somewhere(command: list[str], run: Path, choose: random.Random) -> bool:
    """Whether a run was killed before it ended: some checkpoints on, right after one or any time until the next."""
    worker = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen, started, wanted = saved_at_ns(run), time.monotonic(), choose.randint(1, 3)
    while wanted and worker.poll() is None and time.monotonic() - started < 120:
        if saved_at_ns(run) != seen:
            seen, wanted = saved_at_ns(run), wanted - 1
    time.sleep(choose.choice([0, choose.random() * 0.3]))
    killed = worker.poll() is None
    with contextlib.suppress(ProcessLookupError):  # it may end by itself just now
        if choose.random() < 0.5:
            os.kill(worker.pid, signal.SIGKILL)  # its data workers have to notice
        else:
            os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    return killed


def differences(one: Any, other: Any, key: str = "") -> Iterator[str]:
    """Where two checkpoints differ in any bit."""
    if isinstance(one, torch.Tensor):
        if not (isinstance(other, torch.Tensor) and one.dtype == other.dtype and torch.equal(one, other)):
            yield key
    elif isinstance(one, dict):
        if not isinstance(other, dict) or one.keys() != other.keys():
            yield key
            return
        for name, value in one.items():
            if name in CLOCKS:
                continue
            yield from differences(value, other[name], f"{key}/{name}")
    elif isinstance(one, list | tuple):
        if type(one) is not type(other) or len(one) != len(other):
            yield key
            return
        for place, (first, second) in enumerate(zip(one, other, strict=True)):
            yield from differences(first, second, f"{key}/{place}")
    elif one != other:
        yield key


def card_of(page: Path) -> list[str]:
    """A model card without what a clock decides."""
    clocks = ("Training time", "Card, SHA-256", "samples_per_s", "samples\\_per\\_s", "train/seconds")
    return [line for line in page.read_text().splitlines() if not any(clock in line for clock in clocks)]


def assert_equal(parts: Path, whole: Path, read_metrics: Callable[[Path], Any]) -> None:
    """The same table of figures, checkpoints, model cards and previews, and no file besides."""
    figures = read_metrics(whole)
    assert {step for step, name in figures if name == "train/loss"} == set(range(STEPS))
    assert read_metrics(parts) == figures
    for name in ("last.ckpt", "previous.ckpt", "best.ckpt"):
        ends = [torch.load(run / "checkpoints" / name, weights_only=True) for run in (parts, whole)]
        # The states of callbacks among them: averaged weights, norms of gradients, the best so far.
        assert list(differences(*ends)) == [], name
        assert card_of(parts / "checkpoints" / f"{name}.md") == card_of(whole / "checkpoints" / f"{name}.md")
    for name in ("previews", "checkpoints"):
        kept = [{path.name for path in (run / name).iterdir()} for run in (parts, whole)]
        assert kept[0] == kept[1]
    for picture in (whole / "previews").glob("*.png"):
        assert (parts / "previews" / picture.name).read_bytes() == picture.read_bytes(), picture.name


@pytest.mark.crash
@pytest.mark.timeout(2400)
def test_killed_at_twenty_points_it_ends_as_a_whole_run(
    tmp_path: Path,
    command: Callable[..., list[str]],
    read_metrics: Callable[[Path], Any],
    kill_loop: Callable[..., int],
) -> None:
    whole = tmp_path / "whole"
    targets = lambda number: tmp_path / f"killed_{number}"  # noqa: E731
    check = lambda target: assert_equal(target, whole, read_metrics)  # noqa: E731
    assert kill_loop(lambda run: command(run, 0, 1)[3:], check, whole=whole, targets=targets, seed=2) >= 12


@pytest.mark.crash
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("workers", "gathered"), [(0, 1), (2, 2)])
def test_killed_around_its_checkpoints_it_ends_as_a_whole_run(
    tmp_path: Path,
    command: Callable[..., list[str]],
    read_metrics: Callable[[Path], Any],
    workers: int,
    gathered: int,
) -> None:
    choose, parts, whole = random.Random(11 + workers), tmp_path / "parts", tmp_path / "whole"
    num_killed = sum(kill_somewhere(command(parts, workers, gathered), parts, choose) for _ in range(NUM_KILLS))
    assert num_killed >= 4  # a quick machine may be done before the last kills
    for run in (parts, whole):
        done = subprocess.run(command(run, workers, gathered), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert_equal(parts, whole, read_metrics)
