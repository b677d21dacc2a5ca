"""Structural dissimilarity: against scikit-image, and what the mask means."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.dssim import Dssim


def _pair(size: int = 32, *, dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    first = torch.rand(2, 3, size, size, generator=generator, dtype=dtype)
    return first, (first + 0.3 * torch.rand(first.shape, generator=generator, dtype=dtype)).clamp(0, 1)


def _whole(images: torch.Tensor) -> torch.Tensor:
    return torch.ones_like(images[:, :1])


def test_zero_at_equality_and_symmetric() -> None:
    first, second = _pair()
    loss, mask = Dssim(), _whole(first)

    assert float(loss(Decoded(first, None), first, mask)) == pytest.approx(0, abs=1e-6)
    torch.testing.assert_close(loss(Decoded(first, None), second, mask), loss(Decoded(second, None), first, mask))


def test_agrees_with_scikit_image() -> None:
    first, second = _pair(dtype=torch.float64)
    mine = 1 - 2 * float(Dssim()(Decoded(first, None), second, _whole(first)))
    theirs = [
        structural_similarity(a, b, data_range=1, channel_axis=0, gaussian_weights=True, sigma=1.5,
                              use_sample_covariance=False, full=True)[1][:, 5:-5, 5:-5].mean()
        for a, b in zip(first.numpy(), second.numpy(), strict=True)
    ]  # fmt: skip

    assert mine == pytest.approx(np.mean(theirs), abs=1e-9)


def test_nothing_outside_the_mask_can_change_it() -> None:
    first, second = _pair()
    mask = torch.zeros_like(first[:, :1])
    mask[..., 8:24, 8:24] = 1
    noise = torch.rand(first.shape, generator=torch.Generator().manual_seed(4))
    loss = Dssim()

    expected = loss(Decoded(first, None), second, mask)
    changed = loss(Decoded(torch.where(mask > 0, first, noise), None), torch.where(mask > 0, second, 1 - noise), mask)
    torch.testing.assert_close(changed, expected, rtol=0, atol=0)


def test_an_empty_mask_costs_nothing() -> None:
    first, second = _pair()

    assert float(Dssim()(Decoded(first, None), second, torch.zeros_like(first[:, :1]))) == 0


def test_an_image_smaller_than_the_window_still_has_a_value() -> None:
    first, second = _pair(8)

    assert 0 < float(Dssim()(Decoded(first, None), second, _whole(first))) < 1


def test_autocast_does_not_lower_its_precision() -> None:
    first, second = _pair()
    loss, mask = Dssim(), _whole(first)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        low = loss(Decoded(first, None), second, mask)

    torch.testing.assert_close(low, loss(Decoded(first, None), second, mask), rtol=0, atol=0)


def test_gradient() -> None:
    generator = torch.Generator().manual_seed(5)
    first, second, mask = (torch.rand(1, c, 6, 6, generator=generator, dtype=torch.float64) for c in (3, 3, 1))
    loss = Dssim(radius=1)

    assert torch.autograd.gradcheck(lambda image: loss(Decoded(image, None), second, mask), first.requires_grad_())
