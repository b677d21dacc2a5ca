"""Detail energy: feels blur, not the place of a pore, and nothing outside of the mask."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.detail import DetailEnergy
from faceswap_lab.training.losses.dssim import Dssim


def _faces(size: int = 64, *, seed: int = 5, dtype: torch.dtype = torch.float32) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 0.5 + 0.1 * torch.randn(2, 3, size, size, generator=generator, dtype=dtype).clamp(-2, 2)


def _whole(images: Tensor) -> Tensor:
    return torch.ones_like(images[:, :1])


def _loss(drawn: Tensor, target: Tensor, mask: Tensor | None = None, **sizes: int) -> Tensor:
    return DetailEnergy(**sizes)(Decoded(drawn, None), target, _whole(target) if mask is None else mask)


def test_zero_at_equality_and_symmetric() -> None:
    first, second = _faces(), 0.5 * _faces(seed=6)
    assert float(_loss(first, first)) == 0
    torch.testing.assert_close(_loss(first, second), _loss(second, first))


def test_value_of_a_wave_is_the_closed_form() -> None:
    """Grey of 0.5 + a cos(w (x + y)) has a Laplacian of 4 a (cos w - 1) times the wave.

    At w = pi / 4 four pixels are half of its period: both differences are twice that, and the root of the mean of
    their squares over two is the amplitude itself.
    """
    amplitude, w = 0.02, math.pi / 4
    wave = torch.cos(w * (torch.arange(48.0)[:, None] + torch.arange(48.0)))
    images = (0.5 + amplitude * wave).expand(1, 3, 48, 48)
    strength = 4 * amplitude * (1 - math.cos(w))
    loss = _loss(images, torch.full_like(images, 0.5), window=16)
    assert float(loss) == pytest.approx(math.hypot(strength, 2e-3) - 2e-3, rel=1e-3)


def test_the_strength_of_irregular_texture_is_its_rms() -> None:
    """The Laplacian of white noise of spread s has a spread of s times the root of 20 = 4² + 4."""
    generator = torch.Generator().manual_seed(3)
    spread = 0.02
    texture = (0.5 + spread * torch.randn(4, 1, 256, 256, generator=generator)).expand(4, 3, 256, 256)
    assert float(_loss(texture, torch.full_like(texture, 0.5))) == pytest.approx(spread * math.sqrt(20), rel=0.05)


@pytest.mark.parametrize(("wave_px", "expected"), [(2, 0.0), (4, 8.0), (8, 4.0)])
def test_with_more_reach_it_looks_at_coarser_detail(wave_px: int, expected: float) -> None:
    """A wave of amplitude a along both axes answers with 4 a (1 - cos (2 pi reach / wave)): most for four pixels."""
    amplitude, places = 0.02, torch.arange(64.0)
    wave = torch.cos(2 * math.pi / wave_px * (places[:, None] + places))
    images = (0.5 + amplitude * wave).expand(1, 3, 64, 64)
    # A period of eleven pixels is none of the wave's: the differences keep its strength to within a share.
    loss = float(_loss(images, torch.full_like(images, 0.5), window=16, period=11, reach=2))
    assert loss == pytest.approx(amplitude * expected / math.sqrt(2) * _lag(wave_px, 11), abs=3e-3)


def _lag(wave_px: int, period: int) -> float:
    """RMS of the differences of a wave with itself one period on, over the root of two, over the wave's RMS."""
    return math.sqrt(1 - math.cos(2 * math.pi * period / wave_px))


@pytest.mark.parametrize("period", [1, 2, 4])
def test_a_pattern_that_repeats_is_no_detail(period: int) -> None:
    """Nothing but a grid: as far from texture as no texture at all."""
    tile = 0.1 * torch.randn(period, period, generator=torch.Generator().manual_seed(8))
    grid = (0.5 + tile.repeat(48 // period, 48 // period)).expand(2, 3, 48, 48)
    plain = torch.full_like(grid, 0.5)
    assert float(_loss(grid, plain)) == pytest.approx(0, abs=1e-5)
    texture = _faces(48)
    torch.testing.assert_close(_loss(grid, texture), _loss(plain, texture), rtol=1e-3, atol=0)


def test_blur_costs_more_the_stronger_it_is_and_another_texture_alike_costs_little() -> None:
    target = _faces()
    costs = [float(_loss(F.avg_pool2d(target, k, 1, k // 2, count_include_pad=False), target)) for k in (3, 5, 7)]
    assert costs == sorted(costs)
    assert float(_loss(_faces(seed=9), target)) < 0.2 * costs[0]


def test_brightness_costs_nothing() -> None:
    target = _faces()
    assert float(_loss(target + 0.1, target)) == pytest.approx(0, abs=1e-6)


def test_nothing_outside_the_mask_can_change_it() -> None:
    target, drawn = _faces(), 0.5 * _faces(seed=6)
    mask = torch.zeros_like(_whole(target))
    mask[..., 10:50, 12:40] = 1
    elsewhere = torch.where(mask > 0, drawn, torch.rand(drawn.shape, generator=torch.Generator().manual_seed(1)))
    torch.testing.assert_close(_loss(elsewhere, target, mask), _loss(drawn, target, mask), rtol=0, atol=0)
    assert float(_loss(drawn, target, torch.zeros_like(mask))) == 0


@pytest.mark.parametrize("term", [DetailEnergy(), Dssim()], ids=["detail", "dssim"])
def test_a_face_of_little_trust_counts_by_its_trust(term: torch.nn.Module) -> None:
    """Partners come with masks scaled by their trust: the mean over faces is weighted by it, and nothing else."""
    target, drawn = _faces(), 0.5 * _faces(seed=6)
    single = torch.stack([term(Decoded(drawn[i : i + 1], None), target[i : i + 1], _whole(target[:1])) for i in (0, 1)])
    trust = torch.tensor([0.3, 0.9])
    both = term(Decoded(drawn, None), target, _whole(target) * trust.view(-1, 1, 1, 1))
    torch.testing.assert_close(both, (single * trust).sum() / trust.sum())


def test_gradient_is_that_of_finite_differences() -> None:
    target, mask = _faces(12, dtype=torch.float64), _whole(_faces(12, dtype=torch.float64))
    drawn = (0.7 * _faces(12, seed=2, dtype=torch.float64)).requires_grad_()
    term = DetailEnergy(window=5, stride=3, period=2)
    assert torch.autograd.gradcheck(lambda image: term(Decoded(image, None), target, mask), drawn)


def test_a_face_smaller_than_the_window_still_has_a_value() -> None:
    assert float(_loss(0.5 * _faces(8), _faces(8))) > 0


@pytest.mark.parametrize("sizes", [{"window": 1}, {"stride": 0}, {"period": 0}])
def test_sizes_out_of_range_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=r"loss\.terms\.detail"):
        DetailEnergy(**sizes)
