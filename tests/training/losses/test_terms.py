"""The simple terms and their weighted sum."""

import pytest
import torch
from torch import Tensor

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.composite import CompositeLoss
from faceswap_lab.training.losses.gradient import GradientDifference
from faceswap_lab.training.losses.l1 import MaskedL1
from faceswap_lab.training.losses.mask import MaskL1
from faceswap_lab.training.losses.shrinking import shrink
from faceswap_lab.training.losses.term import masked_mean


def _images() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    first, second = (torch.rand(2, 3, 8, 8, generator=generator) for _ in range(2))
    mask = torch.zeros(2, 1, 8, 8)
    mask[..., 2:6, 2:6] = 1
    return first, second, mask


@pytest.mark.parametrize("term", [MaskedL1(), GradientDifference()], ids=lambda term: type(term).__name__)
def test_zero_at_equality_symmetric_and_blind_outside_the_mask(term: torch.nn.Module) -> None:
    first, second, mask = _images()
    expected = term(Decoded(first, None), second, mask)

    assert float(term(Decoded(first, None), first, mask)) == 0
    torch.testing.assert_close(term(Decoded(second, None), first, mask), expected)
    torch.testing.assert_close(term(Decoded(torch.where(mask > 0, first, 0.5), None), second, mask), expected)


@pytest.mark.parametrize("term", [MaskedL1(), GradientDifference()], ids=lambda term: type(term).__name__)
def test_gradient(term: torch.nn.Module) -> None:
    first, second, mask = (x.double() for x in _images())

    assert torch.autograd.gradcheck(lambda image: term(Decoded(image, None), second, mask), first.requires_grad_())


def test_l1_is_the_mean_difference_on_the_face() -> None:
    first, _, mask = _images()

    assert float(MaskedL1()(Decoded(first, None), first + 0.25, mask)) == pytest.approx(0.25)


def test_l1_outside_weighs_the_rim() -> None:
    first, _, mask = _images()
    target = torch.where(mask > 0, first, first + 1)

    share = 0.1 * 48 / (16 + 0.1 * 48)
    assert float(MaskedL1(outside=0.1)(Decoded(first, None), target, mask)) == pytest.approx(share)


def test_gradient_difference_ignores_brightness_and_feels_blur() -> None:
    _, target, mask = _images()
    blurred = torch.nn.functional.avg_pool2d(target, 3, stride=1, padding=1)
    term = GradientDifference()

    assert float(term(Decoded(target + 0.1, None), target, mask)) == pytest.approx(0, abs=1e-6)
    assert float(term(Decoded(blurred, None), target, mask)) > 0.1


def test_mask_term_compares_masks_and_asks_for_one() -> None:
    first, second, mask = _images()

    assert float(MaskL1()(Decoded(first, 1 - mask), second, mask)) == 1
    with pytest.raises(ConfigError, match="mask head"):
        MaskL1()(Decoded(first, None), second, mask)


def test_masked_mean_of_nothing_is_zero() -> None:
    assert float(masked_mean(torch.ones(1, 3, 2, 2), torch.zeros(1, 1, 2, 2))) == 0


def test_composite_gives_terms_unweighted_and_their_weighted_total() -> None:
    first, second, mask = _images()
    loss = CompositeLoss({"l1": MaskedL1(), "gradient": GradientDifference()}, weights={"l1": 2.0, "gradient": 0.5})
    values = loss(Decoded(first, None), second, mask)

    assert set(values) == {"l1", "gradient", "total"}
    torch.testing.assert_close(values["l1"], MaskedL1()(Decoded(first, None), second, mask))
    torch.testing.assert_close(values["total"], 2 * values["l1"] + 0.5 * values["gradient"])


@pytest.mark.parametrize("weights", [{}, {"l1": 1.0, "dssim": 1.0}])
def test_composite_wants_a_weight_a_term(weights: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"loss\.weights"):
        CompositeLoss({"l1": MaskedL1()}, weights=weights)


def test_shrunk_l1_of_an_even_error_is_the_error_and_of_a_checkerboard_nothing() -> None:
    first, _, mask = _images()
    sign = (torch.arange(8)[:, None] + torch.arange(8)) % 2 * 2 - 1.0
    term = MaskedL1(shrink=2)

    assert float(term(Decoded(first, None), first + 0.25, mask)) == pytest.approx(0.25)
    assert float(term(Decoded(first, None), first + 0.25 * sign, mask)) == pytest.approx(0, abs=1e-6)
    assert float(MaskedL1()(Decoded(first, None), first + 0.25 * sign, mask)) == pytest.approx(0.25)


def test_shrunk_l1_is_blind_outside_the_mask_and_without_any() -> None:
    first, second, mask = _images()
    term = MaskedL1(shrink=4)

    expected = term(Decoded(first, None), second, mask)
    torch.testing.assert_close(term(Decoded(torch.where(mask > 0, first, 0.5), None), second, mask), expected)
    assert float(term(Decoded(first, None), second, torch.zeros_like(mask))) == 0
    with pytest.raises(ConfigError, match="shrink"):
        MaskedL1(shrink=0)


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_shrinking_is_average_pooling(factor: int) -> None:
    images = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(shrink(images, factor), torch.nn.functional.avg_pool2d(images, factor))


def test_composite_weights_may_change_with_the_step() -> None:
    first, second, mask = _images()
    loss = CompositeLoss(
        {"l1": MaskedL1(), "gradient": GradientDifference()},
        weights={"l1": {0: 1.0, 10: 3.0}, "gradient": {0: 0, 5: 1.0}},
    )
    l1, gradient = (float(term(Decoded(first, None), second, mask)) for term in (MaskedL1(), GradientDifference()))
    for step, total in ((0, l1), (5, l1 + gradient), (10, 3 * l1 + gradient)):
        loss.step = step
        assert float(loss(Decoded(first, None), second, mask)["total"]) == pytest.approx(total, rel=1e-5)
    with pytest.raises(ConfigError, match=r"loss\.weights\.l1=.*add a number for step 0"):
        CompositeLoss({"l1": MaskedL1()}, weights={"l1": {5: 1.0}})


def test_terms_for_skin_do_not_see_eyes_and_mouth() -> None:
    first, second, mask = _images()
    features = torch.zeros_like(mask)
    features[..., 3:5, 3:5] = 1
    terms = {"l1": MaskedL1(), "gradient": GradientDifference()}
    loss = CompositeLoss(terms, weights={"l1": 1.0, "gradient": 1.0}, skin_only=["l1"])
    values = loss(Decoded(first, None), second, mask, features)
    changed = loss(Decoded(torch.where(features > 0, 0.5, first), None), second, mask, features)
    torch.testing.assert_close(values["l1"], MaskedL1()(Decoded(first, None), second, mask - features))
    assert changed["l1"] == values["l1"]
    assert changed["gradient"] != values["gradient"]
    torch.testing.assert_close(
        loss(Decoded(first, None), second, mask)["l1"], terms["l1"](Decoded(first, None), second, mask)
    )
    with pytest.raises(ConfigError, match=r"skin_only names detail.*gradient, l1"):
        CompositeLoss(terms, weights={"l1": 1.0, "gradient": 1.0}, skin_only=["detail"])


def test_a_coarse_resolution_compares_means() -> None:
    """What differs within blocks of two pixels alone costs nothing at half the side, and all of it from step 5 on."""
    generator = torch.Generator().manual_seed(4)
    target = torch.rand(2, 3, 32, 32, generator=generator)
    ripple = 0.1 * (-1.0) ** torch.arange(32)
    whole = torch.ones(2, 1, 32, 32)
    loss = CompositeLoss({"l1": MaskedL1()}, weights={"l1": 1.0}, resolution={0: 0.5, 5: 1.0})
    assert float(loss(Decoded(target + ripple, None), target, whole, 0 * whole)["l1"]) == pytest.approx(0, abs=1e-6)
    assert float(loss(Decoded(target + 0.2, None), target, whole)["l1"]) == pytest.approx(0.2, abs=1e-6)
    loss.step = 5
    assert float(loss(Decoded(target + ripple, None), target, whole)["l1"]) == pytest.approx(0.1)
    small = CompositeLoss({"l1": MaskedL1()}, weights={"l1": 1.0}, resolution=0.25)
    with pytest.raises(ConfigError, match=r"loss\.resolution=0\.25 leaves faces of 8 px; use 0\.5 or more"):
        small(Decoded(target, None), target, whole)
    with pytest.raises(ConfigError, match=r"loss\.resolution=0 is out of range"):
        CompositeLoss({"l1": MaskedL1()}, weights={"l1": 1.0}, resolution=0)
