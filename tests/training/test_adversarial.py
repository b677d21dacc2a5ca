"""A discriminator learns to tell, the autoencoder learns from it, and neither moves the other's weights."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.discriminators.unet_patch import UnetPatch
from faceswap_lab.training.adversarial import AdversarialModule
from faceswap_lab.training.fit import fit

Make = Callable[..., Any]


@pytest.fixture
def make_adversarial(make_module: Make) -> Make:
    """``make_adversarial(weight)`` is the tiny network with a tiny discriminator."""

    def make(weight: Any, lr: float = 1e-3) -> AdversarialModule:
        return make_module(
            kind=AdversarialModule,
            make_discriminator=partial(UnetPatch, patch=8, channels=8),
            make_discriminator_optimizer=partial(torch.optim.Adam, lr=lr),
            adversarial_weight=weight,
        )

    return make


def _weights(module: torch.nn.Module) -> torch.Tensor:
    return torch.cat([weight.detach().flatten().clone() for weight in module.parameters()])


def test_without_weight_it_is_training_without_it(
    make_module: Make, make_adversarial: Make, make_data: Make, tmp_path: Path
) -> None:
    plain, off = make_module(), make_adversarial(0)
    before = _weights(off.discriminator)
    for name, module in (("plain", plain), ("off", off)):
        fit(module, make_data(), folder=tmp_path / name, max_steps=4, callbacks=[])
    assert torch.equal(_weights(plain.net), _weights(off.net))
    assert torch.equal(_weights(off.discriminator), before)


def test_a_step_of_the_run_is_a_step_of_the_autoencoder(
    make_adversarial: Make, make_data: Make, tmp_path: Path
) -> None:
    module, steps = make_adversarial(0.1), []

    class Watch(pl.Callback):
        def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
            steps.append(trainer.global_step)

    fit(module, make_data(), folder=tmp_path, max_steps=5, callbacks=[Watch()])
    assert steps == [1, 2, 3, 4, 5]


def test_the_discriminator_learns_to_tell(make_adversarial: Make, make_data: Make, tmp_path: Path) -> None:
    module, told = make_adversarial(1e-6, lr=3e-3), []

    class Watch(pl.Callback):
        def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
            told.append(float(trainer.callback_metrics["train/discriminator"]))

    fit(module, make_data(), folder=tmp_path, max_steps=60, callbacks=[Watch()])
    assert told[0] == pytest.approx(0.7, abs=0.15)  # of two, guessed
    assert sum(told[-5:]) / 5 < 0.75 * told[0]


def test_its_opinion_moves_the_autoencoder(
    make_module: Make, make_adversarial: Make, make_data: Make, tmp_path: Path
) -> None:
    plain, against = make_module(), make_adversarial(1.0)
    for name, module in (("plain", plain), ("against", against)):
        fit(module, make_data(), folder=tmp_path / name, max_steps=3, callbacks=[])
    assert not torch.equal(_weights(plain.net), _weights(against.net))


@pytest.mark.parametrize("options", [{"gradient_clip_val": 1.0}, {"accumulate_grad_batches": 2}])
def test_what_lightning_cannot_do_by_hand_is_refused(
    make_adversarial: Make, make_data: Make, tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match=rf"^trainer: .*{next(iter(options))}"):
        fit(
            make_adversarial(0.1),
            make_data(),
            folder=tmp_path,
            max_steps=1,
            callbacks=[],
            make_trainer=lambda **known: pl.Trainer(**options, **known),
        )


def test_a_negative_weight_is_refused(make_adversarial: Make) -> None:
    with pytest.raises(ConfigError, match=r"training\.adversarial_weight=-1"):
        make_adversarial(-1)
