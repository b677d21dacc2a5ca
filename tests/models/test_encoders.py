"""The contract that every option of conf/encoder keeps; the folder is the list."""

from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import OmegaConf

from faceswap_lab.core.build import build
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.models.encoders.light import Light
from faceswap_lab.models.encoders.original import Original
from faceswap_lab.models.spec import Encoder

OPTIONS = sorted((conf_dir() / "encoder").glob("*.yaml"), key=lambda path: path.stem)


@pytest.fixture(params=OPTIONS, ids=lambda path: path.stem)
def encoder(request: pytest.FixtureRequest) -> Encoder:
    torch.manual_seed(1)
    return _build(request.param)


def _build(option: Path) -> Any:
    return build(OmegaConf.load(option))


def _faces(encoder: Encoder, number: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.rand(number, 3, encoder.input_size, encoder.input_size, generator=generator)


def test_the_folder_holds_the_shipped_encoders() -> None:
    assert {"light", "original"} <= {option.stem for option in OPTIONS}


def test_states_its_output(encoder: Encoder) -> None:
    channels, size = encoder.out_spec

    assert encoder(_faces(encoder)).shape == (2, channels, size, size)


def test_every_parameter_gets_a_finite_gradient(encoder: Encoder) -> None:
    encoder(_faces(encoder)).square().mean().backward()

    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


def test_is_deterministic_and_treats_faces_one_by_one(encoder: Encoder) -> None:
    faces = _faces(encoder)
    with torch.no_grad():
        together = encoder.eval()(faces)
        alone = encoder(faces[1:])

    torch.testing.assert_close(encoder(faces), together, rtol=0, atol=0)
    torch.testing.assert_close(alone, together[1:], rtol=1e-3, atol=1e-4)


def test_survives_flat_and_extreme_faces(encoder: Encoder) -> None:
    for value in (0.0, 0.5, 1.0):
        assert encoder(torch.full_like(_faces(encoder), value)).isfinite().all()


@pytest.mark.parametrize("option", OPTIONS, ids=lambda path: path.stem)
def test_state_dict_round_trip(option: Path) -> None:
    first, second = _build(option), _build(option)
    second.load_state_dict(first.state_dict())
    faces = _faces(first, 1)

    with torch.no_grad():
        torch.testing.assert_close(second(faces), first(faces), rtol=0, atol=0)


@pytest.mark.parametrize("encoder_class", [Original, Light])
def test_a_side_that_cannot_be_halved_is_refused_with_one_that_can(encoder_class: type[Encoder]) -> None:
    with pytest.raises(ConfigError, match=r"input_size=100 .* such as 96"):
        encoder_class(input_size=100)
