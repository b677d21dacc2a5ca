"""Latents are asked what a face does: a linear reading that learns it, and that moves the encoder."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.batch import NUM_EXPRESSIONS
from faceswap_lab.data.expressions import SPREADS_E
from faceswap_lab.models.spec import FeatureSpec
from faceswap_lab.training.expression_reader import ExpressionReader

Make = Callable[..., Any]


def batch_of(data: Any) -> dict[str, Any]:
    (batch,) = data.training_batches(end_step=1)
    return data.on_after_batch_transfer(batch, 0)


def test_it_reads_what_depends_on_the_latent_linearly() -> None:
    torch.manual_seed(1)
    reader, latents = ExpressionReader(FeatureSpec(3, 2)), torch.randn(64, 3, 2, 2)
    goals = latents.flatten(1) @ torch.randn(12, NUM_EXPRESSIONS) * 0.1
    before = reader.loss(latents, goals)
    optimizer = torch.optim.Adam(reader.parameters(), lr=0.02)
    for _ in range(300):
        optimizer.zero_grad()
        reader.loss(latents, goals).backward()
        optimizer.step()
    assert reader.loss(latents, goals) < 1e-3 * before


def test_it_begins_as_the_loss_of_saying_nothing() -> None:
    reader, goals = ExpressionReader(FeatureSpec(3, 2)), torch.tensor([[0.5, -0.5, 2.0, 0.0]])
    expected = (0.125 + 0.125 + 1.5 + 0.0) / 4  # Huber: x**2 / 2 up to 1, |x| - 1/2 beyond
    assert reader.loss(torch.randn(1, 3, 2, 2), goals).item() == pytest.approx(expected)


def test_a_step_trains_it_with_the_encoder(make_module: Make, make_data: Make) -> None:
    module, batch = make_module(expression_weight=0.5), batch_of(make_data())
    assert len(SPREADS_E) == NUM_EXPRESSIONS == batch["ada"].expression_BE.shape[1]
    torch.nn.init.normal_(module.reader.read.weight)
    module.expression_loss(module.reader, module.encode(batch), batch).backward()
    assert all(parameter.grad is not None for parameter in module.net.encoder.parameters())
    trained = {id(p) for group in module.configure_optimizers()["optimizer"].param_groups for p in group["params"]}
    assert id(module.reader.read.weight) in trained


def test_data_that_does_not_know_is_refused(make_module: Make, make_data: Make) -> None:
    module, batch = make_module(expression_weight=0.5), batch_of(make_data())
    batch = {name: faces._replace(expression_BE=None) for name, faces in batch.items()}
    with pytest.raises(ConfigError, match="expression_weight"):
        module.expression_loss(module.reader, module.encode(batch), batch)


def test_it_adds_nothing_to_the_checkpointed_network(make_module: Make) -> None:
    plain, asked = make_module(), make_module(expression_weight=0.5)
    assert list(plain.net.state_dict()) == list(asked.net.state_dict())
    with pytest.raises(ConfigError, match="expression_weight"):
        make_module(expression_weight=-1.0)
