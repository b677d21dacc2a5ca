"""Grain: noise that stays in its place, as strong as it is told to be."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from faceswap_lab.models.decoders.light import Light
from faceswap_lab.models.grain import Grain
from faceswap_lab.models.spec import FeatureSpec


def _noise(grain: Grain) -> Tensor:
    """As it lies in the image, shape (1, 2, S, S)."""
    block = round((len(grain.noise_QHW) / 2) ** 0.5)
    return F.pixel_shuffle(grain.noise_QHW, block)[None]


def test_it_adds_as_much_as_its_strength_says() -> None:
    grain = Grain(64, block=2)
    image = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    strength = torch.tensor([0.03, -0.01]).view(1, 2, 1, 1).expand(2, 2, 32, 32)
    added = F.pixel_shuffle(grain(strength, F.pixel_unshuffle(image, 2)), 2) - image
    noise = _noise(grain)
    expected = 0.03 * noise[:, :1] - 0.01 * noise[:, 1:]
    torch.testing.assert_close(added, expected.expand(2, 3, 64, 64), rtol=0.02, atol=3e-4)


def test_however_much_is_asked_for_it_stays_texture() -> None:
    grain = Grain(64, block=2)
    added = grain(torch.full((1, 2, 32, 32), 50.0), torch.zeros(1, 12, 32, 32))
    assert float(added.std()) < 0.4


def test_each_place_has_a_strength_of_its_own() -> None:
    grain = Grain(8, block=2)
    strength = torch.zeros(1, 2, 4, 4)
    strength[..., 1, 2] = 1
    drawn = F.pixel_shuffle(grain(strength, torch.zeros(1, 12, 4, 4)), 2)
    inside = torch.zeros(8, 8, dtype=torch.bool)
    inside[2:4, 4:6] = True
    assert (drawn[0, 0] != 0).equal(inside)


def test_its_noise_is_of_spread_one_of_two_sizes_and_always_the_same() -> None:
    noise = _noise(Grain(128))
    torch.testing.assert_close(noise.std((0, 2, 3)), torch.ones(2), rtol=1e-3, atol=0)
    neighbours = (noise[..., 1:] * noise[..., :-1]).mean((0, 2, 3))
    assert abs(float(neighbours[0])) < 0.03  # white
    assert float(neighbours[1]) > 0.5
    torch.testing.assert_close(noise, _noise(Grain(128, block=4)), rtol=0, atol=0)


def test_all_of_a_decoder_can_learn_from_the_first_step() -> None:
    decoder = Light(FeatureSpec(channels=8, size=4), widths=(8, 4))
    drawn = decoder(torch.rand(1, 8, 4, 4, generator=torch.Generator().manual_seed(1)))
    (drawn.image_B3SS.square().mean() + drawn.mask_B1SS.mean()).backward()
    for parameter in decoder.heads.parameters():
        assert parameter.grad is not None
        assert float(parameter.grad.abs().min()) > 0


def test_what_asks_for_texture_does_not_reach_the_layer_that_draws() -> None:
    """Of the last layer, the textured image's gradient reaches the strength of the grain and nothing of the image."""
    decoder = Light(FeatureSpec(channels=8, size=4), widths=(8, 4)).train()
    drawn = decoder(torch.rand(1, 8, 4, 4, generator=torch.Generator().manual_seed(1)))
    assert drawn.textured_B3SS is not None
    torch.testing.assert_close(drawn.textured_B3SS, drawn.image_B3SS)
    drawn.textured_B3SS.square().mean().backward()
    assert float(decoder.heads["grain"].weight.grad.abs().max()) > 0
    image_gradient = decoder.heads["image"].weight.grad
    assert image_gradient is None or not image_gradient.any()


@pytest.mark.parametrize("grain", [True, False])
def test_only_training_draws_it_again(grain: bool) -> None:
    decoder = Light(FeatureSpec(channels=8, size=4), widths=(8, 4), grain=grain)
    assert (decoder.train()(torch.zeros(1, 8, 4, 4)).textured_B3SS is not None) == grain
    assert decoder.eval()(torch.zeros(1, 8, 4, 4)).textured_B3SS is None


@pytest.mark.parametrize("grain", [True, False])
def test_a_checkpoint_carries_the_noise(grain: bool) -> None:
    decoder = Light(FeatureSpec(channels=8, size=4), widths=(8, 4), grain=grain)
    assert ("grain.noise_QHW" in decoder.state_dict()) == grain
    drawn = decoder(torch.rand(2, 8, 4, 4, generator=torch.Generator().manual_seed(2)))
    assert drawn.image_B3SS.shape == (2, 3, 32, 32)
    decoder.to(memory_format=torch.channels_last)  # as training asks for
    torch.testing.assert_close(decoder(drawn.image_B3SS.new_ones(2, 8, 4, 4)), decoder(torch.ones(2, 8, 4, 4)))
