"""Saving, showing, measuring and stopping."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from PIL import Image

from faceswap_lab.core.errors import ConfigError, OutputError
from faceswap_lab.models.discriminators.unet_patch import UnetPatch
from faceswap_lab.training.adversarial import AdversarialModule
from faceswap_lab.training.callbacks.checkpointer import Checkpointer
from faceswap_lab.training.callbacks.finite import DivergedError, StopOnNan
from faceswap_lab.training.callbacks.preview import draw_preview
from faceswap_lab.training.callbacks.progress import TrainingProgress
from faceswap_lab.training.callbacks.throughput import Throughput
from faceswap_lab.training.checkpoint_io import AtomicCheckpointIO
from faceswap_lab.training.fit import fit
from faceswap_lab.training.loggers import wandb_settings
from faceswap_lab.training.roll_back import with_roll_backs
from faceswap_lab.training.schedules import constant

Make = Callable[..., Any]


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "last.ckpt"
    AtomicCheckpointIO().save_checkpoint({"a": torch.ones(3)}, path)

    def full(content: Any, stream: Any) -> None:
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OutputError, match="disk is full"):
        AtomicCheckpointIO().save_checkpoint({"a": torch.zeros(3)}, path)
    assert torch.load(path)["a"].tolist() == [1, 1, 1]
    assert list(tmp_path.iterdir()) == [path]


def test_an_old_checkpoint_is_renewed(make_module: Make, make_data: Make, tmp_path: Path) -> None:
    saved: list[int] = []

    class Watch(pl.Callback):
        def on_save_checkpoint(self, trainer: pl.Trainer, pl_module: Any, checkpoint: dict[str, Any]) -> None:
            saved.append(trainer.global_step)

    fit(make_module(), make_data(), folder=tmp_path, max_steps=3, callbacks=[Watch(), Checkpointer(every_s=0.0)])
    assert saved == [1, 2, 3]


def test_without_validation_the_last_step_is_saved(make_module: Make, make_data: Make, tmp_path: Path) -> None:
    module = make_module()
    module.card["metrics"] = {"val/ssim": 0.0}
    fit(
        module,
        make_data(),
        folder=tmp_path,
        max_steps=2,
        make_trainer=lambda **known: pl.Trainer(limit_val_batches=0, **known),
    )
    assert torch.load(tmp_path / "checkpoints" / "last.ckpt")["global_step"] == 2


class Poison(pl.Callback):
    """Spoils the weights of one layer, or the faces of one batch, before a step."""

    def __init__(self, step: int, layer: str | None = None) -> None:
        self.step, self.layer = step, layer

    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        if trainer.global_step != self.step:
            return
        if self.layer is None:
            batch["ben"].target_B3SS.fill_(torch.nan)
        else:
            pl_module.get_parameter(f"{self.layer}.bias").data.fill_(torch.nan)


@pytest.mark.parametrize(
    ("layer", "named"),
    [
        (None, "terms: l1, dssim, loss_ben"),
        ("net.encoder.layers.1.0", "terms: .*; first layer: {0}; weights: {0}.bias"),
        ("net.decoders.1.image.0.0", "terms: l1, dssim, loss_ben; first layer: {0}; weights: {0}.bias"),
    ],
)
def test_a_run_that_diverges_says_where_and_keeps_its_checkpoint(
    make_module: Make, make_data: Make, tmp_path: Path, layer: str | None, named: str
) -> None:
    named = named.format(layer)
    callbacks = [Poison(3, layer), StopOnNan(every_n_steps=100), Checkpointer(every_n_steps=1)]
    with pytest.raises(DivergedError, match=rf"no number since batch 3, step 4 \({named}\): .*lower optimizer\.lr"):
        fit(make_module(), make_data(), folder=tmp_path, max_steps=8, callbacks=callbacks)
    saved = torch.load(tmp_path / "checkpoints" / "last.ckpt")
    assert saved["global_step"] == 3
    assert all(torch.isfinite(value).all() for value in saved["state_dict"].values())


def test_a_late_look_still_knows_the_batch(make_module: Make, make_data: Make, tmp_path: Path) -> None:
    """As on a GPU, where looks are rare; what is to be saved is looked at as well."""

    class Rarely(StopOnNan):
        def _is_due(self, device: torch.device, number: int) -> bool:
            return False

    callbacks = [Poison(2), Rarely(), Checkpointer(every_n_steps=5)]
    with pytest.raises(DivergedError, match=r"no number since batch 2, step 5 \(terms: .*; weights: net\."):
        fit(make_module(), make_data(), folder=tmp_path, max_steps=8, callbacks=callbacks)
    assert not list(tmp_path.rglob("*.ckpt"))


def test_the_preview_shows_input_and_every_decoder(make_module: Make, make_data: Make) -> None:
    module, data = make_module(), make_data()
    batch = data.on_after_batch_transfer(next(iter(data.val_dataloader())), 0)
    picture = draw_preview(module.net, batch, faces=2)
    assert picture.shape == (4 * 34 - 2, 3 * 34 - 2, 3)
    shown = torch.from_numpy(picture[:32, :32]).permute(2, 0, 1) / 255
    torch.testing.assert_close(shown, batch["ada"].warped_B3SS[0], atol=0.003, rtol=0)
    swapped = torch.from_numpy(picture[:32, 68:100]).permute(2, 0, 1) / 255
    expected = module.net(batch["ada"].warped_B3SS[:1], "ben").image_B3SS[0]
    torch.testing.assert_close(swapped, expected, atol=0.003, rtol=0)


def test_the_preview_is_a_picture_and_goes_to_tensorboard(make_module: Make, make_data: Make, tmp_path: Path) -> None:
    board = pl.loggers.TensorBoardLogger(str(tmp_path), name="tensorboard", version="")
    fit(make_module(), make_data(), folder=tmp_path, max_steps=1, loggers=[board])
    assert np.asarray(Image.open(tmp_path / "previews" / "last.png")).ndim == 3
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert events.Tags()["images"] == ["preview"]


def test_progress_is_plain_lines_in_a_log(
    make_module: Make, make_data: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "faceswap_lab")
    fit(make_module(), make_data(), folder=tmp_path, max_steps=3, callbacks=[TrainingProgress(every_s=0.0)])
    lines = [line for line in caplog.messages if line.startswith("step")]
    assert [line.split(",")[0] for line in lines] == ["step 1/3", "step 2/3", "step 3/3"]
    assert "loss 0." in lines[-1]
    assert "0 s left" in lines[-1]


def test_speed_and_time_add_up_over_sessions(make_module: Make, make_data: Make, tmp_path: Path) -> None:
    callback = Throughput(every_n_steps=2)
    fit(make_module(), make_data(), folder=tmp_path, max_steps=4, callbacks=[callback])
    before = callback.state_dict()
    assert before["samples"] == 4 * 8
    later = Throughput()
    later.load_state_dict(before)
    fit(make_module(), make_data(), folder=tmp_path, max_steps=4, callbacks=[later])
    assert later.state_dict()["samples"] == 2 * 4 * 8
    assert later.state_dict()["spent_s"] > before["spent_s"]


def test_a_tracker_stays_offline_without_a_key_and_keeps_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    run = tmp_path / "study" / "run"
    first = wandb_settings(run)
    assert first == {"offline": True, "group": "study", "name": "run", "id": first["id"]}
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    assert wandb_settings(run) == {**first, "offline": False}
    assert "x" * 40 not in str(wandb_settings(run))


def test_weights_that_a_finite_loss_broke_are_not_saved(make_module: Make, make_data: Make, tmp_path: Path) -> None:
    class Break(pl.Callback):
        def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *_: Any) -> None:
            if trainer.global_step == 4:  # a step that is saved, after its loss was a number
                next(pl_module.parameters()).data.fill_(torch.nan)

    callbacks = [Break(), StopOnNan(every_n_steps=100), Checkpointer(every_n_steps=2)]
    with pytest.raises(DivergedError, match=r"weights are no numbers at step 4 \(net\."):
        fit(make_module(), make_data(), folder=tmp_path, max_steps=8, callbacks=callbacks)
    saved = torch.load(tmp_path / "checkpoints" / "last.ckpt")
    assert saved["global_step"] == 2
    assert all(torch.isfinite(value).all() for value in saved["state_dict"].values())


@pytest.mark.parametrize("against", [False, True], ids=["alone", "adversarial"])
def test_a_run_that_diverged_goes_back_and_on_more_slowly(
    make_module: Make, make_data: Make, tmp_path: Path, against: bool
) -> None:
    """Poisoned once at step 3 and twice at step 5: on from 2 at a half, from 4 at a quarter, from 4 at an eighth."""
    poison, rates, others = [3, 5, 5], dict[int, float](), dict[int, float]()
    options: dict[str, Any] = {"make_schedule": constant}
    if against:
        options |= {
            "kind": AdversarialModule,
            "make_discriminator": partial(UnetPatch, patch=8, channels=8),
            "make_discriminator_optimizer": partial(torch.optim.Adam, lr=1e-2),
        }

    class Watch(pl.Callback):
        def on_train_batch_start(self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
            rates[trainer.global_step] = trainer.optimizers[0].param_groups[0]["lr"]
            others[trainer.global_step] = trainer.optimizers[-1].param_groups[0]["lr"]
            if poison and trainer.global_step == poison[0]:
                poison.pop(0)
                next(pl_module.parameters()).data.fill_(torch.nan)

    starts: list[Path | None] = []

    def train(checkpoint: Path | None, more: Sequence[pl.Callback]) -> float:
        starts.append(checkpoint)
        callbacks = [Watch(), StopOnNan(), Checkpointer(every_n_steps=2), *more]
        module = make_module(**options)
        return fit(module, make_data(), folder=tmp_path, max_steps=8, callbacks=callbacks, checkpoint=checkpoint)

    last = tmp_path / "checkpoints" / "last.ckpt"
    score = with_roll_backs(train, last=last, times=3)
    assert starts == [None, last, last, last]
    assert 0 < score < 1
    share = {step: 1 if step < 2 else 0.5 if step < 4 else 0.125 for step in range(8)}
    assert rates == pytest.approx({step: 1e-3 * of_step for step, of_step in share.items()})
    assert others == pytest.approx({step: (1e-2 if against else 1e-3) * of_step for step, of_step in share.items()})
    poison[:] = [1]
    starts.clear()
    last.unlink()
    with pytest.raises(DivergedError, match="or raise roll_back"):
        with_roll_backs(train, last=last, times=3)  # before there is anything to go back to
    assert starts == [None]
    with pytest.raises(ConfigError, match=r"roll_back=-1 must be 0"):
        with_roll_backs(train, last=last, times=-1)
