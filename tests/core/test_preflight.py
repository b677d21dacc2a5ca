"""Preflight and targets: all faults at once, nothing imported from elsewhere."""

import pytest
from omegaconf import OmegaConf

from faceswap_lab.core.build import build
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.preflight import find_faults, preflight
from faceswap_lab.core.targets import check_targets

CROP = "faceswap_lab.faces.crop.CropSpec"


def test_every_fault_is_named_with_its_key() -> None:
    node = {
        "one": {"_target_": CROP, "sise": 3},
        "two": [{"_target_": "os.system", "command": "true"}],
        "three": {"_target_": "faceswap_lab.faces.crop.Nothing"},
        "four": {"_target_": "faceswap_lab.faces.geometry.fit_similarity"},
        "fine": {"_target_": CROP, "size": 64},
    }
    faults = find_faults(node)
    assert len(faults) == 5
    assert "one.sise" in faults[0]
    assert "did you mean size?" in faults[0]
    assert "two[0]._target_" in faults[1]
    assert "three._target_" in faults[2]
    assert {"four.moving_N2", "four.fixed_N2"} == {fault.split(" ")[0] for fault in faults[3:]}


@pytest.mark.parametrize(
    ("target", "values", "faults"),
    [
        ("swap.colour.reinhard.Reinhard", {"strength": "much"}, ["node.strength=much: give a number"]),
        ("swap.colour.reinhard.Reinhard", {"strength": None}, ["node.strength=null: give a number"]),
        ("swap.colour.reinhard.Reinhard", {"strength": True}, ["node.strength=true: give a number"]),
        ("swap.colour.reinhard.Reinhard", {"strength": [1]}, ["node.strength=[1]: give a number"]),
        ("swap.colour.reinhard.Reinhard", {"strength": 1}, []),
        ("swap.blends.pyramid.Pyramid", {"levels": 2.5}, ["node.levels=2.5: give a whole number"]),
        ("swap.details.jpeg.Jpeg", {"quality": None}, ["node.quality=null: give a whole number or a word"]),
        ("swap.details.jpeg.Jpeg", {"quality": "auto"}, []),
        ("media.writers.x264.X264", {"crf": "best", "preset": 5}, ["node.crf=best: give a number"]),
        ("swap.masks.hull.Hull", {"edge": "soft"}, ["node.edge=soft: give the settings of one, with its _target_"]),
        ("swap.masks.hull.Hull", {"edge": None}, []),
        (
            "swap.masks.product.Product",
            {"masks": ["hull"]},
            ["node.masks=['hull']: give the settings of one, with its _target_"],
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(target: str, values: dict[str, object], faults: list[str]) -> None:
    assert find_faults({"node": {"_target_": f"faceswap_lab.{target}", **values}}) == faults


def test_what_the_command_supplies_may_be_null() -> None:
    node = {"node": {"_target_": "faceswap_lab.swap.blends.pyramid.Pyramid", "levels": None}}
    assert len(find_faults(node)) == 1
    assert find_faults(node, supplied={"node": ("levels",)}) == []


def test_what_the_command_supplies_is_not_missing() -> None:
    node = {"four": {"_target_": "faceswap_lab.faces.geometry.fit_similarity"}}
    assert find_faults(node, supplied={"four": ("moving_N2", "fixed_N2")}) == []


def test_missing_values_are_listed_together() -> None:
    with pytest.raises(ConfigError, match=r"a is missing.*b\.c is missing"):
        preflight(OmegaConf.create({"a": "???", "b": {"c": "???"}}))


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "builtins.eval",
        "faceswap_lab.core.files.os.system",
        "torch.os.system",
        "faceswap_lab.core.files.subprocess",
        "faceswap_labx.evil",
    ],
)
def test_a_target_outside_the_allowed_packages_is_refused(target: str) -> None:
    with pytest.raises(ConfigError, match="_target_"):
        check_targets({"node": {"_target_": target}})
    with pytest.raises(ConfigError, match="_target_"):
        build({"_target_": target})


def test_a_constructors_own_complaint_comes_through() -> None:
    with pytest.raises(ConfigError, match=r"crop\.size=3"):
        build({"_target_": CROP, "size": 3})
