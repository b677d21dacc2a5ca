"""The terms that recipes may choose: what all of them keep, and each against its closed form or another's code."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.detail import DetailEnergy
from faceswap_lab.training.losses.dssim import Dssim
from faceswap_lab.training.losses.frequency import FocalFrequency
from faceswap_lab.training.losses.gmsd import Gmsd
from faceswap_lab.training.losses.gradient import GradientDifference
from faceswap_lab.training.losses.l1 import MaskedL1
from faceswap_lab.training.losses.mask import MaskBce, MaskL1, MaskL2
from faceswap_lab.training.losses.ms_ssim import MsSsim
from faceswap_lab.training.losses.pixelwise import Charbonnier, LogCosh, MaskedL2, MaskedLInf, Style
from faceswap_lab.training.losses.pyramid import LaplacianPyramid

SIDE = 48
TERMS = [
    MaskedL2(),
    LogCosh(),
    Charbonnier(),
    MaskedLInf(),
    Style(),
    LaplacianPyramid(),
    Gmsd(),
    FocalFrequency(),
    MsSsim(),
]
named = pytest.mark.parametrize("term", TERMS, ids=lambda term: type(term).__name__)


def _images(dtype: torch.dtype = torch.float32, side: int = SIDE) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    first, second = (torch.rand(2, 3, side, side, generator=generator, dtype=dtype) for _ in range(2))
    mask = torch.zeros(2, 1, side, side, dtype=dtype)
    mask[..., side // 6 : -side // 6, side // 8 : -side // 4] = 1
    return first, second, mask


def _value(term: nn.Module, drawn: Tensor, target: Tensor, mask: Tensor | None = None) -> float:
    return float(term(Decoded(drawn, None), target, torch.ones_like(target[:, :1]) if mask is None else mask))


@named
def test_zero_at_equality_else_above_and_symmetric(term: nn.Module) -> None:
    first, second, mask = _images()
    assert _value(term, first, first, mask) == pytest.approx(0, abs=1e-6)
    assert _value(term, first, second, mask) > 1e-4
    assert _value(term, second, first, mask) == pytest.approx(_value(term, first, second, mask), rel=1e-4)


@named
def test_nothing_outside_the_mask_can_change_it(term: nn.Module) -> None:
    first, second, mask = _images()
    elsewhere = torch.where(mask > 0, first, torch.rand(first.shape, generator=torch.Generator().manual_seed(7)))
    assert _value(term, elsewhere, second, mask) == pytest.approx(_value(term, first, second, mask), rel=1e-5)
    assert _value(term, first, second, torch.zeros_like(mask)) == pytest.approx(0, abs=1e-6)


@named
def test_gradient_is_that_of_finite_differences(term: nn.Module) -> None:
    if isinstance(term, FocalFrequency):
        term = FocalFrequency(alpha=0)  # its weights are left out of the gradient on purpose
    first, second, mask = _images(torch.float64, side=16)
    assert torch.autograd.gradcheck(lambda image: term(Decoded(image, None), second, mask), first.requires_grad_())


@pytest.mark.parametrize("term", [*TERMS, MaskedL1(shrink=2), Dssim(shrink=2)], ids=lambda term: type(term).__name__)
def test_mixed_precision_lowers_neither_value_nor_gradient(term: nn.Module) -> None:
    first, second, mask = _images()
    figures: list[tuple[Tensor, Tensor]] = []
    for mixed in (False, True):
        drawn = first.clone().requires_grad_()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed):
            value = term(Decoded(drawn, None), second, mask)
        figures.append((value.detach(), torch.autograd.grad(value, drawn)[0]))
    torch.testing.assert_close(figures[1], figures[0], rtol=1e-6, atol=0)


WITH_PLACES = [
    MaskedL2(),
    GradientDifference(),
    LaplacianPyramid(),
    Gmsd(),
    FocalFrequency(),
    Dssim(),
    MsSsim(),
    DetailEnergy(),
]
with_places = pytest.mark.parametrize("term", WITH_PLACES, ids=lambda term: type(term).__name__)


@with_places
def test_both_directions_of_an_image_count_alike(term: nn.Module) -> None:
    """Stripes along x cost what the same stripes along y cost."""
    stripes = (0.5 + 0.2 * torch.sin(torch.arange(SIDE) * 0.9)).expand(1, 3, SIDE, SIDE)
    plain = torch.full_like(stripes, 0.5)
    across, down = _value(term, stripes, plain), _value(term, stripes.transpose(2, 3).contiguous(), plain)
    assert across == pytest.approx(down, rel=1e-4)
    assert across > 1e-4


@with_places
def test_channels_are_no_direction(term: nn.Module) -> None:
    """Another order of the colours costs the same, where luma is not asked for; a difference along them is no edge."""
    first, second, mask = _images()
    if not isinstance(term, (Gmsd, DetailEnergy)):
        order = [2, 0, 1]
        assert _value(term, first[:, order], second[:, order], mask) == pytest.approx(
            _value(term, first, second, mask), rel=1e-5
        )
    if isinstance(term, (GradientDifference, Gmsd, DetailEnergy)):
        tinted = first + torch.tensor([0.3, -0.2, 0.1]).view(1, 3, 1, 1)
        assert _value(term, tinted, first, mask) == pytest.approx(0, abs=1e-5)


def test_a_ramp_is_an_edge_along_its_own_direction_alone() -> None:
    """Rises of 0.01 a pixel to the right and 0.03 downwards cost the mean of the two, each along its own direction."""
    across, down = torch.arange(SIDE) * 0.01, torch.arange(SIDE)[:, None] * 0.03
    plain = torch.zeros(1, 3, SIDE, SIDE)
    for ramp, expected in ((across, 0.005), (down, 0.015), (across + down, 0.02)):
        assert _value(GradientDifference(), ramp.expand(1, 3, SIDE, SIDE), plain) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (MaskedL2(), 0.25**2),
        (LogCosh(), math.log(math.cosh(0.25))),
        (LogCosh(scale=0.1), 0.1 * math.log(math.cosh(2.5))),
        (Charbonnier(epsilon=0.1), math.hypot(0.25, 0.1) - 0.1),
        (MaskedLInf(), 0.25),
        (Style(), 0.25),
        (LaplacianPyramid(levels=1), 0.25),
        (Gmsd(), 0.0),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_value_of_an_even_difference(term: nn.Module, expected: float) -> None:
    first, _, mask = _images()
    assert _value(term, first + 0.25, first, mask) == pytest.approx(expected, abs=1e-5)


def test_l_inf_takes_the_worst_channel() -> None:
    first, _, mask = _images()
    offset = torch.tensor([0.1, -0.4, 0.2]).view(1, 3, 1, 1)
    assert _value(MaskedLInf(), first + offset, first, mask) == pytest.approx(0.4, rel=1e-5)


def test_log_cosh_does_not_overflow_and_smooth_ones_have_no_corner() -> None:
    first, _, _ = _images()
    assert _value(LogCosh(scale=1e-3), first + 1, first) == pytest.approx(1, abs=1e-2)
    for term in (LogCosh(), Charbonnier()):
        image = first.clone().requires_grad_()
        term(Decoded(image, None), first, torch.ones_like(first[:, :1])).backward()
        assert image.grad is not None
        assert not image.grad.any()


def test_style_feels_contrast_and_not_places() -> None:
    first, _, _ = _images()
    assert _value(Style(), first.flip(3), first) == pytest.approx(0, abs=1e-5)
    middle = first.mean((2, 3), keepdim=True)
    spread = first.flatten(2).std(2, correction=0).mean()
    assert _value(Style(), middle + 0.5 * (first - middle), first) == pytest.approx(float(spread) / 2, rel=1e-3)


def test_pyramid_bands_add_up_to_the_image() -> None:
    """Whatever level an error belongs to, some band holds it, and a constant one is left to the last."""
    term = LaplacianPyramid(levels=3, base=1.0)
    first, _, _ = _images()
    assert _value(term, first + 0.25, first) == pytest.approx(0.25, rel=1e-4)
    fine = F.pad(torch.full((1, 3, 1, 1), 0.5), (20, 27, 20, 27))
    coarse = F.interpolate(F.pad(torch.full((1, 3, 1, 1), 0.5), (2, 3, 2, 3)), SIDE, mode="bicubic")
    base = torch.zeros(1, 3, SIDE, SIDE)
    one, other = LaplacianPyramid(levels=3, base=0.01), LaplacianPyramid(levels=3, base=1.0)
    share_of_fine = _value(one, fine, base) / _value(other, fine, base)
    share_of_coarse = _value(one, coarse, base) / _value(other, coarse, base)
    assert share_of_fine > 3 * share_of_coarse


def test_gmsd_of_hand_made_similarities() -> None:
    """Half of the picture alike, half with its gradients gone: the spread of two values that occur equally often."""
    ramp = torch.arange(64.0).expand(64, 64) / 64
    target = ramp.expand(1, 3, 64, 64).clone()
    drawn = target.clone()
    drawn[..., 32:, :] = 0.5
    gradient = 2 * 2 / 64  # Prewitt over two averaged pixels of a ramp of 1 / 64 a pixel
    c = 170 / 255**2
    low = c / (gradient**2 + c)
    assert _value(Gmsd(), drawn, target) == pytest.approx((1 - low) / 2, rel=0.05)


def test_focal_frequency_is_the_mean_square_where_all_weigh_alike() -> None:
    first, second, _ = _images()
    assert _value(FocalFrequency(alpha=0), first, second) == pytest.approx(
        float((first - second).square().mean()), rel=1e-4
    )
    wave = 0.1 * torch.cos(2 * math.pi * 5 * torch.arange(SIDE) / SIDE).expand(1, 3, SIDE, SIDE)
    # One frequency alone is the worst, so its weight is 1.
    assert _value(FocalFrequency(), wave, torch.zeros_like(wave)) == pytest.approx(0.1**2 / 2, rel=1e-3)


@pytest.mark.parametrize("side", [192, 256])
def test_ms_ssim_is_that_of_torchmetrics(side: int) -> None:
    generator = torch.Generator().manual_seed(3)
    first = F.interpolate(torch.rand(2, 3, side // 4, side // 4, generator=generator), side, mode="bicubic").clamp(0, 1)
    second = (0.8 * first + 0.2 * torch.rand(first.shape, generator=generator)).clamp(0, 1)
    theirs = multiscale_structural_similarity_index_measure(first, second, data_range=1.0)
    assert isinstance(theirs, Tensor)
    assert 0.1 < float(theirs) < 0.99
    assert 1 - _value(MsSsim(), first, second) == pytest.approx(float(theirs), abs=1e-4)


@pytest.mark.parametrize("term", [MaskL2(), MaskBce()], ids=lambda term: type(term).__name__)
def test_gradient_of_masks_is_that_of_finite_differences(term: nn.Module) -> None:
    generator = torch.Generator().manual_seed(2)
    drawn, real = (0.1 + 0.8 * torch.rand(2, 1, 6, 6, generator=generator, dtype=torch.float64) for _ in range(2))
    image = torch.zeros(2, 3, 6, 6, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda mask: term(Decoded(image, mask), image, real), drawn.requires_grad_())


def test_ms_ssim_of_a_small_face_has_fewer_sizes_and_the_same_range() -> None:
    """11 px fit into 48, 24 and 12 px, not into 6: three sizes, whose powers sum to those of five."""
    term = MsSsim()
    assert len(term._powers_for(48)) == 3
    assert sum(term._powers_for(48)) == pytest.approx(sum(term.powers))
    first, second, _ = _images()
    assert 0.5 < _value(term, first, second) <= 1


def test_masks_cost_what_their_formulas_say() -> None:
    drawn, real = torch.full((2, 1, 8, 8), 0.25), torch.full((2, 1, 8, 8), 0.75)
    cross = -(0.75 * math.log(0.25) + 0.25 * math.log(0.75))
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    image = torch.zeros(2, 3, 8, 8)
    for term, expected in ((MaskL1(), 0.5), (MaskL2(), 0.25), (MaskBce(), cross - entropy)):
        assert float(term(Decoded(image, drawn), image, real)) == pytest.approx(expected, rel=1e-5)
        assert float(term(Decoded(image, real), image, real)) == pytest.approx(0, abs=1e-7)
        with pytest.raises(ConfigError, match="needs a decoder with a mask head"):
            term(Decoded(image, None), image, real)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert math.isfinite(float(MaskBce()(Decoded(image, drawn.bfloat16()), image, real)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: MsSsim(powers=[]),
        lambda: MsSsim(powers=[0.5, 0.0]),
        lambda: LogCosh(scale=0),
        lambda: Charbonnier(epsilon=-1),
        lambda: LaplacianPyramid(levels=0),
        lambda: FocalFrequency(alpha=-1),
    ],
)
def test_values_out_of_range_are_refused(make: object) -> None:
    with pytest.raises(ConfigError, match=r"loss\.terms"):
        make()  # pyright: ignore[reportCallIssue]
