"""`augment=photometric`: what is of the scene changes in both, damage in the input alone, and all of it repeats."""

from typing import Any

import numpy as np
import pytest

from faceswap_lab.core.build import build
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.seeding import generator
from faceswap_lab.data.augment import Augment

SHARED = ("hue", "lab", "contrast")
DAMAGE = ("few_pixels", "blur", "noise", "compression", "occlusion")
STILL = ["augment.warp.strength=0", "augment.warp.rotation_deg=0", "augment.warp.scale_ratio=0"]
STILL += ["augment.warp.shift_ratio=0", "augment.shared.flip.p=0", "augment.shared.colour.p=0"]


def _augment(*certain: str) -> Augment:
    """The option without movement, with these of its transforms every time and the others never."""
    chances = [f"augment.shared.{name}.p={float(name in certain)}" for name in SHARED]
    chances += [f"augment.input_only.{name}.p={float(name in certain)}" for name in DAMAGE]
    cfg: Any = compose_config("train", ["augment=photometric", *STILL, *chances])
    return build(cfg.augment)(input_size=64, target_size=64)


def _crop() -> np.ndarray:
    y, x = np.mgrid[:64, :64]
    waves = 128 + 60 * np.sin(x / 3) + 40 * np.cos(y / 2)
    return np.stack([waves, 255 - waves, x * 2 + y, (x > 20) * 255], axis=-1).clip(0, 255).astype(np.uint8)


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one[..., :3].astype(int) - other[..., :3]).mean())


@pytest.mark.parametrize("name", SHARED)
def test_the_scene_changes_in_input_and_goal_alike(name: str) -> None:
    augment = _augment(name)
    pairs = [augment(_crop(), generator(1, sample)) for sample in range(4)]
    assert max(_difference(pair.target_SS4, _crop()) for pair in pairs) > 2
    assert all(_difference(pair.warped_SS3, pair.target_SS4) < 1 for pair in pairs)
    assert all((pair.target_SS4[..., 3] == _crop()[..., 3]).all() for pair in pairs)


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_seen_in_the_input_alone(name: str) -> None:
    augment, whole = _augment(name), _augment()(_crop(), generator(1, 0))
    pairs = [augment(_crop(), generator(1, sample)) for sample in range(4)]
    assert all((pair.target_SS4 == whole.target_SS4).all() for pair in pairs)
    assert all(_difference(pair.warped_SS3, whole.warped_SS3) > 0.5 for pair in pairs)


def test_all_of_it_repeats_and_hands_out_faces() -> None:
    augment: Augment = build(compose_config("train", ["augment=photometric"]).augment)(input_size=48, target_size=64)
    first = [augment(_crop(), generator(2, sample)) for sample in range(30)]
    np.random.seed(3)
    for sample in reversed(range(30)):
        again = augment(_crop(), generator(2, sample))
        np.testing.assert_array_equal(again.warped_SS3, first[sample].warped_SS3)
        np.testing.assert_array_equal(again.target_SS4, first[sample].target_SS4)
    assert {pair.warped_SS3.shape for pair in first} == {(48, 48, 3)}
    assert {pair.warped_SS3.dtype for pair in first} == {np.dtype(np.uint8)}
