"""Detail energy: feels blur, not the place of a pore, and nothing outside of the mask."""

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


def test_value_of_a_checkerboard_is_the_closed_form() -> None:
    """Grey of 0.5 ± a, cell by cell: every Laplacian is ± 8 a, so its RMS is 8 a."""
    sign = (torch.arange(40)[:, None] + torch.arange(40)) % 2 * 2 - 1.0
    board = (0.5 + 0.02 * sign).expand(1, 3, 40, 40)
    assert float(_loss(board, torch.full_like(board, 0.5))) == pytest.approx(8 * 0.02 - 2e-3, abs=1e-4)


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
    term = DetailEnergy(window=5, stride=3)
    assert torch.autograd.gradcheck(lambda image: term(Decoded(image, None), target, mask), drawn)


def test_a_face_smaller_than_the_window_still_has_a_value() -> None:
    assert float(_loss(0.5 * _faces(8), _faces(8))) > 0


@pytest.mark.parametrize("sizes", [{"window": 1}, {"stride": 0}])
def test_sizes_out_of_range_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=r"loss\.terms\.detail"):
        DetailEnergy(**sizes)
