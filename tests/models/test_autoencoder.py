"""The assembled network: size, shapes, who learns from whom, and what it refuses."""

from functools import partial

import pytest
import torch
from torch import nn

from faceswap_lab.core.errors import ConfigError, ShapeError
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.models.bottlenecks.dense import Dense
from faceswap_lab.models.decoders.asymmetric import Asymmetric
from faceswap_lab.models.decoders.upscale import Upscale
from faceswap_lab.models.encoders.original import Original
from faceswap_lab.models.spec import Decoder, FeatureSpec


def _small(*, mask: bool = False, identities: tuple[str, ...] = ("ada", "ben")) -> SharedAutoencoder:
    torch.manual_seed(1)
    return SharedAutoencoder(
        Original(input_size=32, widths=(4, 8, 8, 8)),
        bottleneck=partial(Dense, latent=16, channels=8, out_channels=8),
        decoder=partial(Upscale, widths=(8, 8, 4), mask=mask),
        identities=identities,
    )


def _faces(number: int = 2, size: int = 32) -> torch.Tensor:
    return torch.rand(number, 3, size, size, generator=torch.Generator().manual_seed(2))


def test_restores_and_swaps_in_range() -> None:
    net = _small(mask=True)
    restored, swapped = net(_faces(), "ada"), net(_faces(), "ben")

    assert restored.image_B3SS.shape == (2, 3, net.output_size, net.output_size)
    assert restored.mask_B1SS.shape == (2, 1, net.output_size, net.output_size)
    assert ((restored.image_B3SS >= 0) & (restored.image_B3SS <= 1)).all()
    assert not torch.equal(restored.image_B3SS, swapped.image_B3SS)


def test_without_a_mask_head_there_is_no_mask() -> None:
    assert _small()(_faces(), "ada").mask_B1SS is None


def test_one_pass_over_all_identities_equals_one_pass_each() -> None:
    net = _small().eval()
    faces = _faces(4)
    with torch.no_grad():
        latent = net.encode(faces)
        sliced = net.decode(latent[2:], "ben").image_B3SS

        torch.testing.assert_close(sliced, net(faces[2:], "ben").image_B3SS, rtol=1e-4, atol=1e-5)


def test_an_identity_teaches_the_encoder_and_its_own_decoder_only() -> None:
    net = _small()
    net(_faces(), "ben").image_B3SS.mean().backward()

    assert all(parameter.grad is not None for parameter in net.encoder.parameters())
    assert all(parameter.grad is not None for parameter in net.decoders[1].parameters())
    assert all(parameter.grad is None for parameter in net.decoders[0].parameters())


def test_any_name_can_be_an_identity() -> None:
    net = _small(identities=("J. Doe", "keys", "名"))

    assert net(_faces(), "keys").image_B3SS.shape[0] == 2


def test_weights_and_order_of_identities_round_trip() -> None:
    first, second = _small(), _small()
    with torch.no_grad():
        for parameter in second.parameters():
            parameter.zero_()
    second.load_state_dict(first.state_dict())

    torch.testing.assert_close(second(_faces(), "ben"), first(_faces(), "ben"), rtol=0, atol=0)


def test_wrong_side_names_the_right_one() -> None:
    with pytest.raises(ShapeError, match="cut the crops at 32 px"):
        _small().encode(_faces(size=48))


def test_unknown_identity_names_the_known_ones() -> None:
    net = _small()
    with pytest.raises(ConfigError, match=r"identity=eve .* ada, ben"):
        net.decode(net.encode(_faces()), "eve")


@pytest.mark.parametrize("identities", [(), ("ada", "ada")])
def test_identities_are_named_once(identities: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match=r"model\.identities"):
        _small(identities=identities)


def test_decoders_that_share_parameters_are_refused() -> None:
    class Sharing(Decoder):
        def __init__(self, in_spec: FeatureSpec, *, layer: nn.Module) -> None:
            super().__init__()
            self.layer, self.output_size = layer, 8

    with pytest.raises(ConfigError, match="_partial_: true"):
        SharedAutoencoder(
            Original(input_size=32, widths=(4, 8, 8, 8)),
            bottleneck=partial(Dense, latent=16, channels=8, out_channels=8),
            decoder=partial(Sharing, layer=nn.Linear(2, 2)),
            identities=["ada", "ben"],
        )


def _asymmetric(**options: dict[str, object]) -> SharedAutoencoder:
    return SharedAutoencoder(
        Original(input_size=32, widths=(4, 8, 8, 8)),
        bottleneck=partial(Dense, latent=16, channels=8, out_channels=8),
        decoder=Asymmetric(decoder=partial(Upscale, widths=(8, 8, 4)), options=options),
        identities=("ada", "ben"),
    )


def test_an_identity_may_have_a_wider_decoder() -> None:
    net, same = _asymmetric(ben={"widths": [32, 16, 8]}), _asymmetric()
    sizes = [sum(p.numel() for p in decoder.parameters()) for decoder in net.decoders]
    (usual, _) = [sum(p.numel() for p in decoder.parameters()) for decoder in same.decoders]
    assert sizes[0] == usual
    assert sizes[1] > 2 * usual
    assert net(_faces(), "ada").image_B3SS.shape == net(_faces(), "ben").image_B3SS.shape


def test_asymmetric_options_of_nobody_or_of_another_side_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"model\.decoder\.options\.zoe: no such identity"):
        _asymmetric(zoe={"widths": [8]})
    with pytest.raises(ConfigError, match="ada 32 px, finished 32, ben 16 px, finished 16"):
        _asymmetric(ben={"widths": [8, 8]})
