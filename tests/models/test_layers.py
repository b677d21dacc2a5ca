"""Blocks and their initial weights."""

from typing import Any

import pytest
import torch
from torch import nn

from faceswap_lab.core.build import build
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.layers import Double, Halve, Heads, XCos, activation, init_subpixel


def test_halve_and_double_undo_each_others_shape() -> None:
    features = torch.rand(1, 4, 16, 16)

    assert Halve(4, 8)(features).shape == (1, 8, 8, 8)
    assert Double(8, 4)(Halve(4, 8)(features)).shape == features.shape


def test_activations_by_name() -> None:
    x = torch.linspace(-3, 3, 13)
    torch.testing.assert_close(activation("x_cos")(x), x * torch.cos(x))
    torch.testing.assert_close(activation("leaky_relu")(x), torch.where(x < 0, 0.1 * x, x))
    torch.testing.assert_close(activation("none")(x), x)
    with pytest.raises(ConfigError, match="activation=relu: use leaky_relu, x_cos or none"):
        activation("relu")


def test_the_c_variant_has_its_activation_throughout() -> None:
    """Encoder, bottleneck and decoder of DeepFaceLab's -c: the same weights, and no leaky ReLU left."""
    words = [f"model.{part}.act=x_cos" for part in ("encoder", "decoder")] + ["++model.bottleneck.act=x_cos"]
    cfg: Any = compose_config("train", ["experiment=saehd_df", *words])
    cfg.model.identities = ["ada", "ben"]
    with torch.device("meta"):
        net = build(cfg.model)
    kinds = {type(layer) for layer in net.modules()}
    assert XCos in kinds
    assert nn.LeakyReLU not in kinds
    assert sum(parameter.numel() for parameter in net.parameters()) == pytest.approx(57.5e6, rel=0.005)


def test_a_fresh_upscale_is_nearest_neighbour() -> None:
    torch.manual_seed(1)
    enlarged = Double(4, 3)(torch.rand(2, 4, 8, 8))

    blocks = enlarged.unfold(2, 2, 2).unfold(3, 2, 2)
    torch.testing.assert_close(blocks, blocks[..., :1, :1].expand_as(blocks))


def test_subpixel_weights_differ_between_channels_and_keep_their_spread() -> None:
    torch.manual_seed(1)
    layer = nn.Conv2d(32, 64, 3)
    reference = layer.weight.new_empty(layer.weight.shape)
    nn.init.kaiming_uniform_(reference, a=0.1, nonlinearity="leaky_relu")
    init_subpixel(layer, factor=4)

    assert not torch.equal(layer.weight[0], layer.weight[16])
    torch.testing.assert_close(layer.weight.std(), reference.std(), rtol=0.1, atol=0)


def test_heads_are_what_their_convolutions_give_one_by_one() -> None:
    heads = Heads(5, {"image": 12, "mask": 1}, kernel=3)
    x = torch.rand(2, 5, 8, 8, generator=torch.Generator().manual_seed(0))
    drawn = heads(x)
    assert list(drawn) == ["image", "mask"]
    for name, map_BCHW in drawn.items():
        torch.testing.assert_close(map_BCHW, heads[name](x))
