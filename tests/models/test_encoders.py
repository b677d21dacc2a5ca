"""The contract that every option of conf/encoder keeps; the folder is the list."""

from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from omegaconf import OmegaConf
from safetensors.torch import save_file

from faceswap_lab.core.build import build
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.models.encoders.light import Light
from faceswap_lab.models.encoders.original import Original
from faceswap_lab.models.encoders.timm_trunk import TimmTrunk
from faceswap_lab.models.spec import Encoder, FeatureSpec

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


def _resnet(**options: Any) -> TimmTrunk:
    return TimmTrunk(name="resnet18", input_size=64, **options)


def test_timm_gives_any_of_its_maps() -> None:
    assert _resnet(level=1).out_spec == FeatureSpec(64, 16)
    assert _resnet(level=-1).out_spec == FeatureSpec(512, 2)


def test_timm_weights_come_from_a_file_and_their_batch_norm_is_frozen(tmp_path: Path) -> None:
    torch.manual_seed(3)
    whole = timm.create_model("resnet18")
    for layer in whole.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(layer.running_mean, -1, 1)  # pyright: ignore[reportArgumentType]
    save_file(whole.state_dict(), tmp_path / "resnet18.safetensors")
    encoder = _resnet(weights=str(tmp_path / "resnet18.safetensors"), frozen_stages=2).train()
    faces = _faces(encoder)
    expected = whole.eval().forward_features((faces - encoder._mean) / encoder._std)
    torch.testing.assert_close(encoder(faces), expected, rtol=1e-3, atol=1e-3)
    learns = {name for name, parameter in encoder.named_parameters() if parameter.requires_grad}
    assert learns
    assert not any("bn" in name or "layer1" in name for name in learns)
    rebuilt = _resnet(frozen_stages=2, **encoder.options_to_rebuild())
    rebuilt.load_state_dict(encoder.state_dict())
    torch.testing.assert_close(rebuilt.train()(faces), encoder(faces), rtol=0, atol=0)


def test_without_weights_no_batch_norm_is_left() -> None:
    assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in _resnet().modules())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "resnet1800"}, "no such backbone"),
        ({"name": "resnet18", "level": 7}, "has 5 maps"),
        ({"name": "resnet18", "frozen_stages": 1}, "freezes random weights"),
        ({"name": "resnet18", "weights": "missing.safetensors"}, "no such file"),
        ({"name": "resnet18", "batch_norm": "on"}, "frozen, replaced or null"),
    ],
)
def test_timm_mistakes_are_one_line(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TimmTrunk(**options)


def test_foreign_weights_are_one_line(tmp_path: Path) -> None:
    save_file({"layer.weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(ConfigError, match="is not of resnet18"):
        _resnet(weights=str(tmp_path / "other.safetensors"))
