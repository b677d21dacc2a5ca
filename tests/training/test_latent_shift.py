"""Latents moved towards another identity's mean: where to, how far, and when not at all."""

import pytest
import torch

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.training.latent_shift import LatentShift

SHAPE = (3, 2, 2)


def shift(num: int = 2, **values: float) -> LatentShift:
    return LatentShift(SHAPE, num_identities=num, **values).train()


def latents(*levels: float, batch: int = 64) -> list[torch.Tensor]:
    return [torch.full((batch, *SHAPE), level) for level in levels]


def test_each_moves_towards_the_other_and_never_beyond() -> None:
    torch.manual_seed(1)
    first, second = shift()(latents(0.0, 1.0))
    for moved, start in ((first, 0.0), (second, 1.0)):
        way = (moved - start).abs()
        assert way.min() >= 0
        assert way.max() <= 1
        assert way.mean() == pytest.approx(0.5, abs=0.12)  # uniform over the way
        assert torch.equal(way[:, :1, :1, :1].expand_as(way), way)  # one distance a face
    assert first.max() > 0.8
    assert second.min() < 0.2


def test_what_sets_faces_of_one_identity_apart_stays() -> None:
    torch.manual_seed(2)
    own = torch.randn(16, *SHAPE)
    moved, _ = shift()([own, own.roll(1, 0) + 0.0])  # equal means: nowhere to go
    torch.testing.assert_close(moved, own)


def test_of_three_every_other_is_a_goal() -> None:
    torch.manual_seed(3)
    first, _, _ = shift(3)(latents(0.0, 1.0, -1.0))
    assert first.max() > 0.7
    assert first.min() < -0.7


def test_means_are_plain_at_first_and_forget_later() -> None:
    part = shift(decay=0.5)
    for level in (0.0, 1.0):
        part(latents(level, 0.0))
    assert float(part.means_ICHW[0].mean()) == pytest.approx(0.5)
    for _ in range(30):
        part(latents(5.0, 0.0))
    assert float(part.means_ICHW[0].mean()) == pytest.approx(5.0, abs=1e-4)


def test_gradients_reach_the_latents_alone() -> None:
    first = torch.randn(4, *SHAPE, requires_grad=True)
    moved, _ = shift()([first, torch.randn(4, *SHAPE)])
    moved.sum().backward()
    torch.testing.assert_close(first.grad, torch.ones_like(first))


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_nothing_moves_outside_of_training_or_without_strength(strength: float) -> None:
    part = shift(strength=strength).train(strength == 0)
    given = latents(0.0, 1.0)
    for before, after in zip(given, part(given), strict=True):
        assert after is before


def test_one_identity_alone_stays() -> None:
    (moved,) = shift(1)(latents(1.0))
    assert torch.equal(moved, latents(1.0)[0])


@pytest.mark.parametrize("values", [{"strength": -0.1}, {"strength": 3.0}, {"decay": 1.0}])
def test_values_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        shift(**values)
