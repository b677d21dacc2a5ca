"""Every recipe is the network it says it is: parameters against the numbers of the programs that it stands for."""

from typing import Any

import pytest
import torch

from faceswap_lab.core.build import build
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.autoencoder import SharedAutoencoder

# Without mask heads, exactly.
EXACT = {
    "original": 82_062_470,
    "lightweight": 51_066_374,
    "dfl_h128": 107_716_102,
    "dfaker": 113_330_822,
    "iae": 117_816_003,
    "villain": 155_115_014,
}
# With mask branches, millions, within half a percent.
ROUNDED = {
    "quick96": 38.3,
    "saehd_df": 57.5,
    "saehd_df_ud": 54.5,
    "saehd_liae": 95.0,
    "saehd_liae_ud": 82.4,
    "saehd_liae_udt_256": 102.8,
    "amp_224": 101.4,
}
SIDES = {  # px in and out
    "original": (64, 64),
    "lightweight": (64, 64),
    "dfl_h128": (128, 128),
    "dfaker": (64, 128),
    "iae": (64, 64),
    "villain": (128, 128),
    "quick96": (96, 96),
    "saehd_liae_udt_256": (256, 256),
    "amp_224": (224, 224),
}
ORDERED = ("saehd_liae", "saehd_liae_ud", "saehd_liae_udt_256", "amp_224")


def _network(recipe: str, *identities: str) -> SharedAutoencoder:
    cfg: Any = compose_config("train", [f"experiment={recipe}"])
    cfg.model.identities = list(identities or ("ada", "ben"))
    with torch.device("meta"):
        return build(cfg.model)


def _count(net: SharedAutoencoder) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


@pytest.mark.parametrize("recipe", EXACT)
def test_parameter_count_exact(recipe: str) -> None:
    assert _count(_network(recipe)) == EXACT[recipe]


@pytest.mark.parametrize("recipe", ROUNDED)
def test_parameter_count_with_masks(recipe: str) -> None:
    assert _count(_network(recipe)) == pytest.approx(1e6 * ROUNDED[recipe], rel=0.005)


@pytest.mark.parametrize("recipe", [*EXACT, *ROUNDED])
def test_faces_of_one_side_become_faces_of_the_other(recipe: str) -> None:
    net = _network(recipe)
    drawn = net(torch.empty(2, 3, net.input_size, net.input_size, device="meta"), "ben")
    assert drawn.image_B3SS.shape == (2, 3, net.output_size, net.output_size)
    assert (drawn.mask_B1SS is None) == (recipe in EXACT)
    if drawn.mask_B1SS is not None:
        assert drawn.mask_B1SS.shape == (2, 1, net.output_size, net.output_size)
    assert (net.input_size, net.output_size) == SIDES.get(recipe, (128, 128))


@pytest.mark.parametrize("recipe", ORDERED)
def test_recipes_for_a_pair_take_two_and_one_direction(recipe: str) -> None:
    net = _network(recipe, "ada", "ben")
    assert net.refusal("ada") is None
    assert "ada into footage of ben" in str(net.refusal("ben"))
    for names in (("ada",), ("ada", "ben", "cyd")):
        with pytest.raises(ConfigError, match="exactly two identities"):
            _network(recipe, *names)


@pytest.mark.parametrize("recipe", [name for name in (*EXACT, *ROUNDED) if name not in ORDERED])
def test_the_others_take_any_number_in_any_direction(recipe: str) -> None:
    net = _network(recipe, "ada", "ben", "cyd")
    assert [net.refusal(name) for name in net.identities] == [None] * 3
