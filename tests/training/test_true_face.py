"""A network learns to tell identities by their latents, and the encoder learns to keep them to itself."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import nn

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.models.bottlenecks.private import DensePerIdentity
from faceswap_lab.models.decoders.upscale import Upscale
from faceswap_lab.models.discriminators.code import CodeDiscriminator
from faceswap_lab.models.encoders.original import Original
from faceswap_lab.training.fit import fit
from faceswap_lab.training.module import Drawn
from faceswap_lab.training.true_face import TrueFaceModule

Make = Callable[..., Any]


@pytest.fixture
def make_true_face(make_module: Make) -> Make:
    """``make_true_face(weight)`` is the tiny network with a tiny discriminator of its latents."""

    def make(weight: Any, lr: float = 1e-3, toward: str | None = None, **changes: Any) -> TrueFaceModule:
        return make_module(
            kind=TrueFaceModule,
            make_discriminator=partial(CodeDiscriminator, channels=16, layers=2),
            make_discriminator_optimizer=partial(torch.optim.Adam, lr=lr),
            true_face_weight=weight,
            toward=toward,
            **changes,
        )

    return make


class Telling(nn.Module):
    """Answers with given logits whatever it is shown."""

    def __init__(self, logits: list[float]) -> None:
        super().__init__()
        self.logits = torch.tensor(logits)

    def forward(self, codes_BCHW: torch.Tensor) -> torch.Tensor:
        return self.logits.expand(len(codes_BCHW), -1)


def _latents(names: list[str], **few: int) -> Drawn:
    return Drawn({name: torch.zeros(few.get(name, 2), 8, 4, 4) for name in names}, {})


def test_the_discriminator_gives_a_logit_an_identity() -> None:
    for side in (1, 2, 8):
        assert CodeDiscriminator(8, 3, channels=4)(torch.zeros(5, 8, side, side)).shape == (5, 3)
    with pytest.raises(ConfigError, match="layers=0"):
        CodeDiscriminator(8, 3, layers=0)


def test_it_weighs_nothing_where_nobody_can_be_told(make_true_face: Make) -> None:
    """Closed forms: even odds cost 0; where it is sure, the mean of -log p over identities less log of their number."""
    module = make_true_face(1.0)
    names = list(module.net.identities)
    module.discriminator = Telling([0.5, 0.5])
    assert float(module.opinion(_latents(names), {})) == pytest.approx(0, abs=1e-6)
    assert float(module.telling_loss(_latents(names), {})) == pytest.approx(math.log(2))
    module.discriminator = Telling([2.0, 0.0])
    odds = [1 / (1 + math.exp(-2)), 1 / (1 + math.exp(2))]
    expected = -(math.log(odds[0]) + math.log(odds[1])) / 2 - math.log(2)
    assert float(module.opinion(_latents(names), {})) == pytest.approx(expected, abs=1e-6)


def test_toward_an_identity_only_the_others_are_pushed(make_true_face: Make) -> None:
    module = make_true_face(1.0, toward="ben")
    module.discriminator = Telling([0.0, 3.0])  # ada, ben
    expected = -math.log(1 / (1 + math.exp(-3)))
    for few in ({}, {"ben": 7}):
        assert float(module.opinion(_latents(["ada", "ben"], **few), {})) == pytest.approx(expected)
    with pytest.raises(ConfigError, match=r"toward=carol is none of the identities: ada, ben"):
        make_true_face(1.0, toward="carol")


def test_it_learns_to_tell(make_true_face: Make, make_data: Make, tmp_path: Path) -> None:
    told: list[float] = []

    class Watch(pl.Callback):
        def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
            told.append(float(trainer.callback_metrics["train/discriminator"]))

    fit(make_true_face(1e-9, lr=3e-3), make_data(), folder=tmp_path, max_steps=40, callbacks=[Watch()])
    assert told[0] == pytest.approx(math.log(2), abs=0.2)
    assert sum(told[-5:]) / 5 < 0.7 * math.log(2)


def test_each_learns_from_its_own_side_only(make_true_face: Make, make_data: Make) -> None:
    module, data = make_true_face(1.0), make_data()
    batch = data.on_after_batch_transfer(next(iter(data.training_batches())), 0)
    module.telling_loss(Drawn(module.encode(batch), {}), batch).backward()
    assert all(weight.grad is None for weight in module.net.parameters())
    module.discriminator.zero_grad()
    before = module.opinion(Drawn(module.encode(batch), {}), batch)
    before.backward()
    with torch.no_grad():
        for weight in module.net.encoder.parameters():
            assert weight.grad is not None
            weight -= 0.01 * weight.grad / weight.grad.norm()
    assert float(module.opinion(Drawn(module.encode(batch), {}), batch)) < float(before)


def test_latents_of_each_identity_s_own_are_refused(make_module: Make) -> None:
    net = SharedAutoencoder(
        Original(input_size=32, widths=[4, 8, 8]),
        bottleneck=partial(DensePerIdentity, latent=8, channels=8),
        decoder=partial(Upscale, widths=[8, 4]),
        identities=["ada", "ben"],
        shared_decoder=True,
    )
    with pytest.raises(ConfigError, match="needs one latent for all identities"):
        TrueFaceModule(
            net,
            make_discriminator=CodeDiscriminator,
            make_discriminator_optimizer=torch.optim.Adam,
        )
