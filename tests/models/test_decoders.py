"""The contract that every option of conf/decoder keeps; the folder is the list."""

from typing import Any

import pytest
import torch
from omegaconf import OmegaConf

from faceswap_lab.core.build import build
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.models.decoders.residual import ResidualUpscale
from faceswap_lab.models.decoders.saehd import Saehd
from faceswap_lab.models.decoders.upscale import Upscale
from faceswap_lab.models.spec import Decoder, FeatureSpec

OPTIONS = sorted((conf_dir() / "decoder").glob("*.yaml"), key=lambda path: path.stem)
IN_SPEC = FeatureSpec(channels=16, size=2)


@pytest.fixture(params=OPTIONS, ids=lambda path: path.stem)
def decoder(request: pytest.FixtureRequest) -> Decoder:
    torch.manual_seed(1)
    factory: Any = build(OmegaConf.load(request.param))
    return factory(in_spec=IN_SPEC)


def _latent(number: int = 2) -> torch.Tensor:
    return torch.randn(number, IN_SPEC.channels, 2, 2, generator=torch.Generator().manual_seed(2))


def test_draws_images_of_the_stated_side_in_range(decoder: Decoder) -> None:
    drawn = decoder(_latent())
    assert drawn.image_B3SS.shape == (2, 3, decoder.output_size, decoder.output_size)
    assert ((drawn.image_B3SS >= 0) & (drawn.image_B3SS <= 1)).all()
    if drawn.mask_B1SS is not None:
        assert drawn.mask_B1SS.shape == (2, 1, decoder.output_size, decoder.output_size)
        assert ((drawn.mask_B1SS >= 0) & (drawn.mask_B1SS <= 1)).all()


def test_every_parameter_gets_a_finite_gradient(decoder: Decoder) -> None:
    drawn = decoder(_latent())
    total = drawn.image_B3SS.square().mean()
    if drawn.mask_B1SS is not None:
        total = total + drawn.mask_B1SS.square().mean()
    total.backward()
    for name, parameter in decoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


def test_stays_in_range_and_in_full_precision_under_autocast(decoder: Decoder) -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        drawn = decoder(_latent())
    assert drawn.image_B3SS.dtype == torch.float32


@pytest.mark.parametrize("decoder_class", [Upscale, ResidualUpscale])
def test_a_mask_can_be_asked_for(decoder_class: Any) -> None:
    assert decoder_class(IN_SPEC, widths=(8, 4), mask=True)(_latent()).mask_B1SS.shape == (2, 1, 8, 8)
    assert decoder_class(IN_SPEC, widths=(8, 4))(_latent()).mask_B1SS is None


def test_phases_are_the_four_pixels_of_a_place() -> None:
    """With weights that draw one number each, phase p lies at row p // 2, column p % 2."""
    decoder = Saehd(IN_SPEC, width=4, factors=(2,), mask_width=0, phases=True)
    for phase, layer in enumerate(decoder.images):
        torch.nn.init.zeros_(layer.weight)  # pyright: ignore[reportArgumentType]
        torch.nn.init.constant_(layer.bias, phase - 1.5)  # pyright: ignore[reportArgumentType]
    image = decoder(_latent()).image_B3SS
    expected = torch.sigmoid(torch.tensor([[-1.5, -0.5], [0.5, 1.5]]))
    torch.testing.assert_close(image, expected.repeat(4, 4).expand(2, 3, 8, 8))
    plain = Saehd(IN_SPEC, width=4, factors=(2,), mask_width=0)
    assert plain.output_size * 2 == decoder.output_size
