"""A person's picture: next to nothing at first, moved where features say, the same by either way of sampling."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.decoders.light import Light
from faceswap_lab.models.spec import FeatureSpec
from faceswap_lab.models.texture import Texture, _sample_by_parts, sample


def _places(size: int) -> Tensor:
    axis = (torch.arange(size) + 0.5) / size * 2 - 1
    return torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1)[None]


def test_it_begins_blank_and_at_rest() -> None:
    texture = Texture(4, size=32, side=32)
    assert 0 < float(texture(torch.rand(2, 4, 8, 8)).detach().abs().max()) < 0.03
    with torch.no_grad():
        texture.picture_3TT.copy_(torch.rand(3, 32, 32))
        texture.moves.weight.zero_()
        texture.weights.weight.zero_()
    added = texture(torch.rand(1, 4, 8, 8))[0]
    torch.testing.assert_close(added / added.max(), texture.picture_3TT.detach() / texture.picture_3TT.max())


def test_a_picture_in_its_own_places_is_itself() -> None:
    picture = torch.rand(3, 16, 16)
    torch.testing.assert_close(sample(picture, _places(16))[0], picture, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("side", [16, 24])
def test_both_ways_of_sampling_agree_beyond_the_rim_too(side: int) -> None:
    generator = torch.Generator().manual_seed(3)
    picture = torch.rand(3, side, side, generator=generator)
    places = 2.6 * torch.rand(2, 20, 20, 2, generator=generator) - 1.3
    torch.testing.assert_close(_sample_by_parts(picture, places), sample(picture, places), rtol=1e-5, atol=1e-5)


def test_no_place_moves_further_than_its_reach() -> None:
    texture = Texture(1, size=64, side=64, reach=0.05)
    with torch.no_grad():
        texture.picture_3TT.copy_(torch.arange(64).expand(3, 64, 64) / 64)  # each column tells where it is from
        texture.moves.bias.fill_(100.0)
        texture.weights.weight.zero_()
    drawn = texture(torch.zeros(1, 1, 4, 4))[0, 0, 32]
    still = 3.0 * texture.picture_3TT[0, 32].detach()
    shift = (drawn[8:48] - still[8:48]) / 3.0  # in sides
    torch.testing.assert_close(shift, torch.full_like(shift, 0.05), rtol=1e-3, atol=1e-4)


def test_a_picture_without_pixels_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"model\.decoder\.texture=1: give 2 px or more"):
        Light(FeatureSpec(channels=8, size=4), widths=(8, 4), texture=1)


def test_all_of_a_decoder_learns() -> None:
    """From the first step on, and not less where it has learned."""
    decoder = Light(FeatureSpec(channels=8, size=4), widths=(8, 4), texture=32)
    latent = torch.rand(1, 8, 4, 4, generator=torch.Generator().manual_seed(1))
    assert decoder.texture is not None
    for _ in range(2):
        decoder.zero_grad()
        drawn = decoder(latent)
        (drawn.image_B3SS.square().mean() + drawn.mask_B1SS.mean()).backward()
        assert decoder.texture.picture_3TT.grad is not None
        assert decoder.texture.picture_3TT.grad.any()
        with torch.no_grad():
            decoder.texture.picture_3TT.copy_(torch.rand(3, 32, 32))
    for parameter in decoder.parameters():
        assert parameter.grad is not None
        assert parameter.grad.any()


def test_it_learns_to_follow_what_moves() -> None:
    """Of a pattern that moves as one number says, it learns the pattern and the movement, which nothing else could."""
    torch.manual_seed(0)
    texture = Texture(1, size=32, side=32, reach=0.1)
    pattern = F.interpolate(torch.rand(1, 3, 9, 9), size=(32, 32), mode="bicubic")[0]
    shifts = torch.linspace(-1, 1, 9)
    places = _places(32).repeat(9, 1, 1, 1)
    places[..., 0] += 0.15 * shifts.view(-1, 1, 1)
    goals = sample(pattern, places)
    features = shifts.view(-1, 1, 1, 1).expand(9, 1, 8, 8)
    optimizer = torch.optim.Adam(texture.parameters(), lr=0.01)
    first = last = 0.0
    for step in range(200):
        loss = (texture(features) - goals).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        first, last = (float(loss), last) if step == 0 else (first, float(loss))
    blurred = float((goals - goals.mean(0)).abs().mean())  # the best that stays in its place
    assert last < 0.5 * blurred < first
