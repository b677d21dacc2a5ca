"""Weights from another run find their identities by name, and frozen parts stay as they are."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from faceswap_lab.commands import train
from faceswap_lab.core.checkpoint import read_checkpoint, rebuild_network
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.errors import CheckpointError, ConfigError
from faceswap_lab.core.overrides import override
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.models.bottlenecks.dense import Dense
from faceswap_lab.models.decoders.upscale import Upscale
from faceswap_lab.models.encoders.original import Original
from faceswap_lab.training.warm_start import freeze, named, warm_start


def _net(*identities: str, latent: int = 8) -> SharedAutoencoder:
    return SharedAutoencoder(
        Original(input_size=32, widths=[4, 8, 8]),
        bottleneck=partial(Dense, latent=latent, channels=8, out_channels=8),
        decoder=partial(Upscale, widths=[8, 4]),
        identities=identities,
    )


def _weights(net: SharedAutoencoder) -> dict[str, torch.Tensor]:
    return {named(name, net.identities): value.clone() for name, value in net.state_dict().items()}


@pytest.fixture
def run(tiny: list[str], folders: dict[str, str], tmp_path: Path) -> Callable[..., Path]:
    """``run(name, *overrides, **facesets)`` trains and gives the checkpoint."""

    def make(name: str, *overrides: str, **facesets: str) -> Path:
        sets = [override(f"facesets.{identity}", folder) for identity, folder in (facesets or folders).items()]
        train.run(compose_config("train", [*tiny, *sets, override("output", str(tmp_path / name)), *overrides]))
        return tmp_path / name / "checkpoints" / "last.ckpt"

    return make


def test_identities_are_matched_by_name(run: Callable[..., Path]) -> None:
    checkpoint = run("first")
    theirs = _weights(rebuild_network(read_checkpoint(checkpoint)))  # pyright: ignore[reportArgumentType]
    net = _net("ben", "cyd", "ada")
    before = _weights(net)
    begun = warm_start(net, checkpoint)
    ours = _weights(net)
    assert begun.new_identities == ["cyd"]
    assert set(begun.fresh) == {name for name in ours if name.startswith("decoders.cyd.")}
    assert not begun.misfits
    assert not begun.unused
    for name, value in ours.items():
        assert torch.equal(value, before[name] if name in begun.fresh else theirs[name])


def test_what_does_not_fit_is_listed_and_stays(run: Callable[..., Path]) -> None:
    checkpoint = run("first")
    net = _net("ada", latent=16)
    before = _weights(net)
    begun = warm_start(net, checkpoint)
    assert begun.misfits
    assert all(name.startswith("bottleneck.") for name in begun.misfits)
    assert {name.split(".")[1] for name in begun.unused} == {"ben"}
    assert all(torch.equal(_weights(net)[name], before[name]) for name in begun.misfits)


def test_nothing_that_fits_is_refused(run: Callable[..., Path], tmp_path: Path) -> None:
    checkpoint = run("first")
    other = SharedAutoencoder(
        Original(input_size=32, widths=[5, 7, 9]),
        bottleneck=partial(Dense, latent=5, channels=7, out_channels=9),
        decoder=partial(Upscale, widths=[7, 5]),
        identities=["zoe"],
    )
    with pytest.raises(CheckpointError, match=r"init_from=.*no weight in it fits"):
        warm_start(other, checkpoint)
    with pytest.raises(CheckpointError, match="no such file"):
        warm_start(other, tmp_path / "none.ckpt")


def test_a_new_identity_trains_alone(run: Callable[..., Path], folders: dict[str, str], tmp_path: Path) -> None:
    first = run("first")
    cyd = drawn_faceset(tmp_path / "cyd", "cyd", 24, identity_seed=7, crop_spec=CropSpec(size=48), fps=6.0)
    three = {"cyd": str(cyd.path), **folders}
    second = run("second", f"init_from='{first}'", **three)
    before = _weights(rebuild_network(read_checkpoint(first)))  # pyright: ignore[reportArgumentType]
    after = _weights(rebuild_network(read_checkpoint(second)))  # pyright: ignore[reportArgumentType]
    assert all(torch.equal(after[name], before[name]) for name in before)
    resumed = run("third", f"init_from='{first}'", f"checkpoint='{second}'", "trainer.max_steps=4", **three)
    again = _weights(rebuild_network(read_checkpoint(resumed)))  # pyright: ignore[reportArgumentType]
    changed = {name for name in again if not torch.equal(again[name], after[name])}
    assert changed
    assert all(name.startswith("decoders.cyd.") for name in changed)
    everything = run("fourth", f"init_from='{first}'", "freeze=[]", **three)
    after = _weights(rebuild_network(read_checkpoint(everything)))  # pyright: ignore[reportArgumentType]
    assert not any(torch.equal(after[name], before[name]) for name in before if name.endswith("weight"))


def test_the_command_lists_what_did_not_match(
    run: Callable[..., Path], folders: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = run("first")
    cyd = drawn_faceset(tmp_path / "cyd", "cyd", 24, identity_seed=7, crop_spec=CropSpec(size=48), fps=6.0)
    with caplog.at_level("INFO", logger="faceswap_lab"):
        run("second", f"init_from='{first}'", "++model.bottleneck.latent=9", ada=folders["ada"], cyd=str(cyd.path))
    said = {line.split(": ")[1]: line for line in caplog.messages if line.startswith("init_from: ")}
    assert "decoders.cyd.image.0.0.weight" in said["not in it"]
    assert "bottleneck.squeeze.weight" in said["of another shape"]
    assert "decoders.ben.image.0.0.weight" in said["unused"]
    assert "training cyd only; freeze=[] trains all" in caplog.messages


def test_parts_are_frozen_by_name() -> None:
    net = _net("ada", "ben")
    frozen = freeze(net, ["encoder", "decoders.ben"])
    left = {named(name, net.identities) for name, value in net.named_parameters() if value.requires_grad}
    assert {name.split(".")[0] for name in left} == {"bottleneck", "decoders"}
    assert not any(name.startswith("decoders.ben.") for name in left)
    assert not left & set(frozen)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (["decoders.zoe"], r"freeze=decoders.zoe: no such part .* encoder, bottleneck, decoders.ada, decoders.ben"),
        (["enc"], "freeze=enc: no such part"),
        (["encoder", "bottleneck", "decoders"], "leaves nothing to train"),
    ],
)
def test_parts_that_are_none_are_refused(parts: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        freeze(_net("ada", "ben"), parts)


def test_private_parts_of_a_bottleneck_belong_to_their_identity() -> None:
    assert named("bottleneck.private.1.weight", ["ada", "ben"]) == "bottleneck.private.ben.weight"
    assert named("bottleneck.shared.weight", ["ada", "ben"]) == "bottleneck.shared.weight"


def test_an_unknown_part_is_one_line_of_the_command(tiny: list[str], folders: dict[str, str], tmp_path: Path) -> None:
    sets: list[Any] = [override(f"facesets.{identity}", folder) for identity, folder in folders.items()]
    cfg = compose_config("train", [*tiny, *sets, override("output", str(tmp_path / "run")), "freeze=[decoder.ada]"])
    with pytest.raises(ConfigError, match=r"freeze=decoder\.ada"):
        train.run(cfg)
