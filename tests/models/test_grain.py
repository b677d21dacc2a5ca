"""Grain: noise finer than the network's pixels, that stays in its place and is as strong as it was measured."""

import pytest
import torch
from torch.nn import functional as F

from faceswap_lab.models.decoders.light import Light
from faceswap_lab.models.grain import CELLS, Grain
from faceswap_lab.models.spec import Decoded, FeatureSpec


def _decoder(**options: bool) -> Light:
    return Light(FeatureSpec(channels=8, size=4), widths=(8, 4), texture=None, **options)


def test_before_it_is_told_how_strong_it_only_enlarges() -> None:
    image = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    enlarged = F.interpolate(image, scale_factor=2, mode="bicubic").clamp(0, 1)
    torch.testing.assert_close(Grain(32)(image), enlarged)


def test_it_is_as_strong_as_it_was_told_at_each_place() -> None:
    grain = Grain(128)
    strength = torch.full((CELLS, CELLS), 0.01)
    strength[:, CELLS // 2 :] = 0.03
    grain.set_strength(strength)
    added = grain(torch.full((1, 3, 128, 128), 0.5)) - 0.5
    left, right = added[..., :112].std(), added[..., 144:].std()
    assert float(left) == pytest.approx(1.5 * 0.01, rel=0.05)
    assert float(right) == pytest.approx(1.5 * 0.03, rel=0.05)
    torch.testing.assert_close(added[:, 0], added[:, 2])  # it has no colour


def test_the_networks_own_pixels_hardly_see_it() -> None:
    """Noise that half as many pixels could show would be sand."""
    noise = Grain(64).noise_SS[None, None]
    assert float(noise.std()) == pytest.approx(1, rel=1e-3)
    assert float(F.avg_pool2d(noise, 2).std()) < 0.2  # of white noise 0.5
    torch.testing.assert_close(noise, Grain(64).noise_SS[None, None], rtol=0, atol=0)


def test_a_finished_face_is_twice_as_large_with_its_mask() -> None:
    decoder = _decoder()
    drawn = decoder(torch.rand(2, 8, 4, 4, generator=torch.Generator().manual_seed(2)))
    assert (decoder.output_size, decoder.finished_size) == (32, 64)
    finished = decoder.finish(drawn)
    assert drawn.image_B3SS.shape == (2, 3, 32, 32)
    assert finished.image_B3SS.shape == (2, 3, 64, 64)
    assert finished.mask_B1SS is not None
    assert finished.mask_B1SS.shape == (2, 1, 64, 64)
    assert 0 <= finished.mask_B1SS.detach().min() <= finished.mask_B1SS.detach().max() <= 1


def test_without_grain_a_face_is_finished_as_it_was_drawn() -> None:
    decoder = _decoder(grain=False)
    drawn = Decoded(torch.rand(1, 3, 32, 32), None)
    assert decoder.finish(drawn) is drawn
    assert (decoder.output_size, decoder.finished_size, decoder.grain_cells) == (32, 32, 0)


def test_a_checkpoint_carries_how_strong_it_is() -> None:
    decoder, other = _decoder(), _decoder()
    decoder.set_grain(torch.rand(CELLS, CELLS))
    other.load_state_dict(decoder.state_dict())
    latent = torch.rand(1, 8, 4, 4)
    torch.testing.assert_close(other.finish(other(latent)), decoder.finish(decoder(latent)))
