"""A run killed and resumed equals an uninterrupted one bit for bit: weights, losses and validations."""

import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EMAWeightAveraging

from faceswap_lab.core.checkpoint import read_checkpoint
from faceswap_lab.core.errors import CheckpointError, DamagedCheckpointError
from faceswap_lab.models.discriminators.unet_patch import UnetPatch
from faceswap_lab.training.adversarial import AdversarialModule
from faceswap_lab.training.callbacks.autoclip import AutoClip
from faceswap_lab.training.callbacks.checkpointer import Checkpointer
from faceswap_lab.training.callbacks.lr_dropout import LrDropout
from faceswap_lab.training.callbacks.throughput import Throughput
from faceswap_lab.training.checkpoint_io import intact
from faceswap_lab.training.fit import fit

Make = Callable[..., Any]
STEPS, VALIDATE_EVERY = 10, 4


class KilledError(RuntimeError):
    """The process is gone."""


class KillAt(pl.Callback):
    """Dies in a step, before its last batch, as by a power cut: nothing is saved on the way out."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        if trainer.global_step == self.step and (batch_idx + 1) % trainer.accumulate_grad_batches == 0:
            raise KilledError


class KillInValidation(pl.Callback):
    """Dies while a step's weights are measured."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_validation_batch_start(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.global_step == self.step:
            raise KilledError


@pytest.fixture
def run(make_module: Make, make_data: Make) -> Make:
    """``run(folder, workers=…, kill=…, every=…, gather=…)`` trains ten steps, or dies before step ``kill``."""

    def run(
        folder: Path, *, workers: int = 0, kill: int | None = None, every: int = 1, gather: int = 1, **changes: Any
    ) -> Any:
        module = make_module(STEPS)
        callbacks = [*changes.pop("extra", []), Throughput(), Checkpointer(every_n_steps=every)]
        if kill is not None:
            callbacks.append(KillAt(kill))
        fit(
            module,
            make_data(num_workers=workers),
            folder=folder,
            max_steps=STEPS,
            validate_every=VALIDATE_EVERY,
            callbacks=callbacks,
            make_trainer=lambda **known: pl.Trainer(
                log_every_n_steps=1, enable_progress_bar=False, accumulate_grad_batches=gather, **known
            ),
            **changes,
        )
        return module

    return run


def assert_same_weights(one: torch.nn.Module, other: torch.nn.Module) -> None:
    for (name, first), second in zip(one.state_dict().items(), other.state_dict().values(), strict=True):
        assert torch.equal(first, second), name


@pytest.mark.parametrize(
    ("workers", "kill", "every"),
    [
        (0, 5, 1),  # between validations
        (0, 4, 1),  # right after a validation
        (0, 9, 1),  # before the last step
        (0, 7, 3),  # some steps after the last checkpoint
        (1, 6, 1),  # resumed by another number of workers
    ],
)
def test_killed_and_resumed_equals_uninterrupted(
    run: Make, read_metrics: Make, tmp_path: Path, workers: int, kill: int, every: int
) -> None:
    whole = run(tmp_path / "whole")
    with pytest.raises(KilledError):
        run(tmp_path / "parts", workers=workers, kill=kill, every=every)
    resumed = run(tmp_path / "parts", checkpoint=tmp_path / "parts" / "checkpoints" / "last.ckpt")
    assert_same_weights(whole, resumed)
    # In the same folder the table is carried on, so that it is complete.
    assert read_metrics(tmp_path / "parts") == read_metrics(tmp_path / "whole")
    first, second = (torch.load(tmp_path / name / "checkpoints" / "last.ckpt") for name in ("whole", "parts"))
    assert first["lr_schedulers"] == second["lr_schedulers"]
    assert second["faceswap_lab"]["steps"] == STEPS


@pytest.mark.parametrize("step", [4, STEPS])
def test_a_validation_that_a_kill_cut_short_is_made_up_for(
    run: Make, read_metrics: Make, tmp_path: Path, step: int
) -> None:
    whole = run(tmp_path / "whole")
    with pytest.raises(KilledError):
        run(tmp_path / "parts", extra=[KillInValidation(step)])
    resumed = run(tmp_path / "parts", checkpoint=tmp_path / "parts" / "checkpoints" / "last.ckpt")
    assert_same_weights(whole, resumed)
    assert read_metrics(tmp_path / "parts") == read_metrics(tmp_path / "whole")


@pytest.mark.parametrize("workers", [0, 2])
def test_what_callbacks_remember_resumes_exactly_too(
    run: Make, read_metrics: Make, tmp_path: Path, workers: int
) -> None:
    def remembering() -> list[pl.Callback]:
        return [EMAWeightAveraging(decay=0.8), AutoClip(percentile=50), LrDropout(keep=0.5)]

    whole = run(tmp_path / "whole", extra=remembering())
    with pytest.raises(KilledError):
        run(tmp_path / "parts", workers=workers, kill=5, extra=remembering())
    last = tmp_path / "parts" / "checkpoints" / "last.ckpt"
    assert_same_weights(whole, run(tmp_path / "parts", workers=workers, checkpoint=last, extra=remembering()))
    assert read_metrics(tmp_path / "parts") == read_metrics(tmp_path / "whole")


@pytest.mark.parametrize(("workers", "every"), [(0, 1), (2, 3)])
def test_gradients_gathered_over_batches_resume_exactly_too(
    run: Make, read_metrics: Make, tmp_path: Path, workers: int, every: int
) -> None:
    def averaging() -> list[pl.Callback]:
        return [EMAWeightAveraging(decay=0.8)]

    whole = run(tmp_path / "whole", gather=3, extra=averaging())
    with pytest.raises(KilledError):  # two batches of the step are lost
        run(tmp_path / "parts", gather=3, workers=workers, every=every, kill=7, extra=averaging())
    last = tmp_path / "parts" / "checkpoints" / "last.ckpt"
    assert torch.load(last)["global_step"] == (7 if every == 1 else 6)
    assert_same_weights(whole, run(tmp_path / "parts", gather=3, workers=workers, checkpoint=last, extra=averaging()))
    figures = read_metrics(tmp_path / "parts")
    assert figures == read_metrics(tmp_path / "whole")
    assert {step for step, name in figures if name == "train/loss"} == set(range(STEPS))


def test_adversarial_training_resumes_exactly_too(
    make_module: Make, make_data: Make, read_metrics: Make, tmp_path: Path
) -> None:
    def run(folder: Path, kill: int | None = None, checkpoint: Path | None = None) -> Any:
        module = make_module(
            STEPS,
            kind=AdversarialModule,
            make_discriminator=partial(UnetPatch, patch=8, channels=4),
            make_discriminator_optimizer=partial(torch.optim.Adam, lr=1e-3),
            adversarial_weight={0: 0.0, 3: 0.1},
        )
        callbacks = [Checkpointer(every_n_steps=1), *([] if kill is None else [KillAt(kill)])]
        fit(
            module,
            make_data(),
            folder=folder,
            max_steps=STEPS,
            validate_every=VALIDATE_EVERY,
            callbacks=callbacks,
            checkpoint=checkpoint,
            make_trainer=lambda **known: pl.Trainer(log_every_n_steps=1, enable_progress_bar=False, **known),
        )
        return module

    whole = run(tmp_path / "whole")
    with pytest.raises(KilledError):
        run(tmp_path / "parts", kill=6)
    last = tmp_path / "parts" / "checkpoints" / "last.ckpt"
    assert_same_weights(whole, run(tmp_path / "parts", checkpoint=last))
    figures = read_metrics(tmp_path / "parts")
    assert figures == read_metrics(tmp_path / "whole")
    assert {step for step, name in figures if name == "train/discriminator"} == set(range(3, STEPS))
    assert torch.load(last)["faceswap_lab"]["steps"] == STEPS


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_checkpoint_is_refused_and_the_previous_used(
    run: Make, tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    whole = run(tmp_path / "whole")
    with pytest.raises(KilledError):
        run(tmp_path / "parts", kill=6)
    last = tmp_path / "parts" / "checkpoints" / "last.ckpt"
    content = bytearray(last.read_bytes())
    if damage == "flipped":
        with zipfile.ZipFile(last) as archive:
            weights = max(archive.infolist(), key=lambda entry: entry.file_size)
        content[content.index(b"PK\x03\x04", weights.header_offset) + 256] ^= 1  # behind a header and its padding
    last.write_bytes(content[: len(content) // 2] if damage == "cut" else content)
    with pytest.raises(DamagedCheckpointError, match=r"last\.ckpt: damaged"):
        read_checkpoint(last)
    used = intact(last)
    assert used.name == "previous.ckpt"
    assert "going on from previous.ckpt, step 5" in caplog.text
    assert_same_weights(whole, run(tmp_path / "parts", checkpoint=used))
    last.with_name("previous.ckpt").unlink()
    last.write_bytes(content[:1000])
    with pytest.raises(DamagedCheckpointError, match=r"last\.ckpt: damaged"):
        intact(last)


def test_resuming_a_finished_run_gives_its_score_again(run: Make, tmp_path: Path) -> None:
    run(tmp_path)
    last = tmp_path / "checkpoints" / "last.ckpt"
    before = torch.load(last)["faceswap_lab"]["metrics"]["val/ssim"]
    module = run(tmp_path, checkpoint=last)
    assert module.card["metrics"]["val/ssim"] == before


def test_the_best_is_kept_when_later_ones_are_worse(run: Make, tmp_path: Path) -> None:
    run(tmp_path)
    last, best = (torch.load(tmp_path / "checkpoints" / name) for name in ("last.ckpt", "best.ckpt"))
    assert best["faceswap_lab"]["metrics"]["val/ssim"] >= last["faceswap_lab"]["metrics"]["val/ssim"]


def test_other_identities_are_refused(make_module: Make, make_data: Make, run: Make, tmp_path: Path) -> None:
    run(tmp_path)
    module = make_module()
    module.net.identities = ["ben", "ada"]
    with pytest.raises(CheckpointError, match="holds the identities ada, ben, in this order; the run has ben, ada"):
        fit(module, make_data(), folder=tmp_path, max_steps=2, checkpoint=tmp_path / "checkpoints" / "last.ckpt")


def test_a_missing_or_foreign_checkpoint_is_refused(make_module: Make, make_data: Make, tmp_path: Path) -> None:
    torch.save({"state_dict": {}}, tmp_path / "foreign.ckpt")
    for name, words in (("none.ckpt", "no such file"), ("foreign.ckpt", "no card")):
        with pytest.raises(CheckpointError, match=words):
            fit(make_module(), make_data(), folder=tmp_path, max_steps=2, checkpoint=tmp_path / name)
