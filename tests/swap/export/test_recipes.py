"""Every recipe's network as a .dfm for old runtimes: narrow ones in seconds, the real ones marked slow."""

import inspect
from pathlib import Path
from typing import Any

import pytest
import torch

from faceswap_lab.core.build import build
from faceswap_lab.core.checkpoint import CARD_KEY
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.paths import conf_dir
from faceswap_lab.core.targets import find_target, plain
from faceswap_lab.swap.export.export import export_checkpoint
from faceswap_lab.training.card import make_card

RECIPES = sorted(path.stem for path in (conf_dir() / "experiment").glob("*.yaml"))
AS_IT_IS = ("light",)  # small enough
HALF_AS_WELL = ("light", "quick96", "iae", "amp_224")
_COUNTS = ("width", "mask_width", "latent", "channels", "out_channels")


def _narrow(part: dict[str, Any]) -> dict[str, Any]:
    """The same layers on fewer channels and smaller faces; what a class has by default counts as well."""
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(find_target(part["_target_"])).parameters.items()
        if isinstance(parameter.default, int | tuple)
    }
    narrow = dict(part)
    for name, value in {**defaults, **part}.items():
        if name in _COUNTS:
            narrow[name] = value and max(4, value // 16)
        elif name.endswith("widths"):
            narrow[name] = [max(4, width // 16) for width in value]
        elif name == "input_size":
            narrow[name] = 64 if value > 128 else 32
    narrow.pop("size", None)  # of the map behind the vector: by default the encoder's
    return narrow


def _checkpoint(path: Path, recipe: str, *, narrow: bool) -> Path:
    model = plain(compose_config("train", [f"experiment={recipe}"]).model)
    if narrow:
        model |= {name: _narrow(model[name]) for name in ("encoder", "bottleneck", "decoder")}
    model["identities"] = ["ada", "ben"]
    torch.manual_seed(1)
    net = build(model)
    record: Any = {"consent": {"basis": "self"}, "licence": None, "num_faces": 1, "faceset": "x", "faceset_hash": "0"}
    crop: Any = {"kind": "whole", "size": net.input_size}
    card = make_card(net, model=model, identities={"ada": record, "ben": record}, crop=crop, finder={}, seed=1)
    torch.save({"state_dict": {f"net.{name}": value for name, value in net.state_dict().items()}, CARD_KEY: card}, path)
    return path


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_on_few_channels(tmp_path: Path, recipe: str) -> None:
    checkpoint = _checkpoint(tmp_path / "net.ckpt", recipe, narrow=recipe not in AS_IT_IS)
    _check(checkpoint, fp16=False)
    if recipe in HALF_AS_WELL:
        _check(checkpoint, fp16=True)


@pytest.mark.parametrize("suffix", [".dfm", ".safetensors"])
def test_steep_masks_keep_their_edges_in_float16(tmp_path: Path, suffix: str) -> None:
    """As training makes them: logits of -50 to 50, which float16 holds to a sixtieth."""
    checkpoint = _checkpoint(tmp_path / "net.ckpt", "light", narrow=False)
    content = torch.load(checkpoint)
    for name, weight in content["state_dict"].items():
        if name.endswith("heads.mask.weight"):
            weight *= 20
    torch.save(content, checkpoint)
    output = tmp_path / f"half{suffix}"
    identity = "ada" if suffix == ".dfm" else None
    assert export_checkpoint(checkpoint, output, identity=identity, fp16=True).parity.max_difference < 3e-3
    whole = export_checkpoint(checkpoint, tmp_path / f"whole{suffix}", identity=identity).output
    assert output.stat().st_size < 0.6 * whole.stat().st_size


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("recipe", [recipe for recipe in RECIPES if recipe not in AS_IT_IS])
def test_a_recipe_as_it_is(tmp_path: Path, recipe: str) -> None:
    checkpoint = _checkpoint(tmp_path / "net.ckpt", recipe, narrow=False)
    for fp16 in (False, True):
        _check(checkpoint, fp16)
    for file in tmp_path.iterdir():
        file.unlink()  # up to 2 GB together


def _check(checkpoint: Path, fp16: bool) -> None:
    report = export_checkpoint(checkpoint, checkpoint.with_name(f"{fp16}.dfm"), identity="ada", fp16=fp16)
    assert report.exported["opset"] == 12
    assert 0 < report.parity.max_difference <= (5e-3 if fp16 else 1e-4)
