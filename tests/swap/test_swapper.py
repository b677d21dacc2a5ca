"""A checkpoint in Lightning's layout becomes a swapper, or one clear line."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from faceswap_lab.core.checkpoint import CARD_KEY
from faceswap_lab.core.errors import CheckpointError, ConfigError, ShapeError
from faceswap_lab.swap.swapper import Swapper

ZOE = {"consent": {"basis": "self"}, "licence": None, "num_faces": 1, "faceset": "zoe", "faceset_hash": "0" * 64}


def crops(count: int, seed: int = 0) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8))


def test_draws_faces_and_masks_of_the_network(checkpoint: Path) -> None:
    swapper = Swapper.from_checkpoint(checkpoint, device="cpu", identity="ben")
    assert swapper.identities == ["ada", "ben"]
    assert (swapper.crop_spec.kind, swapper.crop_spec.size, swapper.output_size) == ("face", 32, 64)
    images, masks = swapper.swap(crops(3), "ben")
    assert images.shape == (3, 64, 64, 3)
    assert images.dtype == np.float32
    assert images.min() >= 0
    assert images.max() <= 1
    assert masks is not None
    assert masks.shape == (3, 64, 64)
    assert masks.dtype == np.float32


def test_faces_do_not_depend_on_their_batch(checkpoint: Path) -> None:
    swapper = Swapper.from_checkpoint(checkpoint, device="cpu")
    together = swapper.swap(crops(4), "ada").images
    alone = np.concatenate([swapper.swap([crop], "ada").images for crop in crops(4)])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert np.abs(together - swapper.swap(crops(4), "ben").images).max() > 1e-3


def test_without_mask_head(tmp_path: Path, make_checkpoint: Callable[..., Path]) -> None:
    swapper = Swapper.from_checkpoint(make_checkpoint(tmp_path / "bare.ckpt", mask=False), device="cpu")
    assert swapper.swap(crops(1), "ada").masks is None
    with pytest.raises(CheckpointError, match="use mask=hull"):
        swapper.require_masks("ada")


def test_errors(tmp_path: Path, checkpoint: Path, make_checkpoint: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError, match=r"identity=cat is not in checkpoint .*it holds ada, ben"):
        Swapper.from_checkpoint(checkpoint, identity="cat")
    with pytest.raises(CheckpointError, match="no such file"):
        Swapper.from_checkpoint(tmp_path / "missing.ckpt")
    with pytest.raises(ConfigError, match="device=tpu9 is unknown"):
        Swapper.from_checkpoint(checkpoint, device="tpu9")
    with pytest.raises(ConfigError, match="device=meta is not supported"):
        Swapper.from_checkpoint(checkpoint, device="meta")
    with pytest.raises(ConfigError, match=r"device=cuda:99: torch sees \d+ CUDA devices"):
        Swapper.from_checkpoint(checkpoint, device="cuda:99")
    swapper = Swapper.from_checkpoint(checkpoint, device="cpu")
    with pytest.raises(ConfigError, match="it holds ada, ben"):
        swapper.swap(crops(1), "cat")
    with pytest.raises(ShapeError, match=r"takes crops of shape \(32, 32, 3\)"):
        swapper.swap([np.zeros((16, 16, 3), np.uint8)], "ada")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"crop": {"kind": "face", "size": 48}}, "crops at 48 px, its network takes 32 px"),
        ({"crop": {"kind": "foot", "size": 32}}, "asks for crop 'foot'"),
        ({"crop": {"kind": "face", "size": 32, "tilt": 3}}, "asks for crop 'face'"),
        ({"identities": {"zoe": ZOE}}, "card names zoe, its network draws ada, ben"),
    ],
)
def test_card_and_network_must_agree(tmp_path: Path, checkpoint: Path, change: dict, message: str) -> None:
    content = torch.load(checkpoint, weights_only=True)
    content[CARD_KEY].update(change)
    torch.save(content, tmp_path / "odd.ckpt")
    with pytest.raises(CheckpointError, match=message):
        Swapper.from_checkpoint(tmp_path / "odd.ckpt")


@pytest.mark.parametrize("value", [None, torch.zeros(3), "text"], ids=["missing", "of another shape", "no tensor"])
def test_weights_that_do_not_fit_are_one_line(checkpoint: Path, tmp_path: Path, value: object) -> None:
    content = torch.load(checkpoint, weights_only=True)
    name = next(iter(content["state_dict"]))
    content["state_dict"][name] = value
    if value is None:
        del content["state_dict"][name]
    torch.save(content, tmp_path / "other.ckpt")
    said = r"do not fit its network, .* and 0 others: it was written by another"
    said = "its weights are no table of tensors" if isinstance(value, str) else said
    with pytest.raises(CheckpointError, match=said):
        Swapper.from_checkpoint(tmp_path / "other.ckpt")
