"""Data and network of a recipe on given or drawn faces, for the benchmarks beside this file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from omegaconf import DictConfig

from faceswap_lab.commands.train_grain import measure_grain
from faceswap_lab.commands.train_parts import build_module
from faceswap_lab.core.build import build
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.overrides import override
from faceswap_lab.core.seeding import seed_everything
from faceswap_lab.core.targets import plain
from faceswap_lab.data.datamodule import FaceDataModule
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.data.identities import crop_card, finder_card, identity_cards, open_facesets
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.training.card import make_card
from faceswap_lab.training.module import AutoencoderModule

NUM_FACES = 64  # of each identity


class Assembled(NamedTuple):
    """What `train` would train, and on what."""

    cfg: DictConfig
    data: FaceDataModule
    module: AutoencoderModule


def assemble(folder: Path, overrides: Sequence[str], *, num_faces: int = NUM_FACES) -> Assembled:
    """Composes `train` with overrides and builds it on two drawn identities, whose face sets are made once a folder."""
    paths = {name: folder / name for name in ("ada", "ben")}
    for seed, (name, path) in enumerate(paths.items()):
        if not path.exists():
            drawn_faceset(path, name, num_faces, identity_seed=seed, fps=5.0)
    return assemble_on(paths, folder, overrides)


def assemble_on(paths: Mapping[str, Path], folder: Path, overrides: Sequence[str]) -> Assembled:
    """Composes `train` with overrides and builds it on face sets.

    Args:
        paths: Face set by identity.
        folder: Where a run would write.
        overrides: In Hydra's grammar.
    """
    named = [override(f"facesets.{name}", str(path)) for name, path in paths.items()]
    cfg = compose_config("train", [*overrides, *named, override("output", str(folder))])
    seed_everything(cfg.seed)
    facesets = open_facesets(cfg.facesets)
    cfg.model.identities = list(facesets)
    net: SharedAutoencoder = build(cfg.model)
    data: FaceDataModule = build(cfg.data)(
        facesets,
        augment=build(cfg.augment),
        seed=cfg.seed,
        ranges=plain(cfg.range),
        input_size=net.input_size,
        target_size=net.output_size,
    )
    data.prepare_data()
    data.setup()
    measure_grain(net, data)
    card = make_card(
        net,
        model=plain(cfg.model),
        identities=identity_cards(facesets),
        crop=crop_card(facesets, input_size=net.input_size),
        finder=finder_card(facesets),
        seed=cfg.seed,
    )
    return Assembled(cfg, data, build_module(cfg, net, card))
