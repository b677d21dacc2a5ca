"""Two drawn identities and a tiny network, so that a whole training run takes a moment."""

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from faceswap_lab.core.seeding import seed_everything
from faceswap_lab.data.augment import Augment
from faceswap_lab.data.colour import ColourJitter
from faceswap_lab.data.datamodule import FaceDataModule
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.data.identities import crop_card, finder_card, identity_cards, open_facesets
from faceswap_lab.data.warp import FaceWarp
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.models.bottlenecks.dense import Dense
from faceswap_lab.models.decoders.upscale import Upscale
from faceswap_lab.models.encoders.original import Original
from faceswap_lab.training.card import make_card
from faceswap_lab.training.losses.composite import CompositeLoss
from faceswap_lab.training.losses.dssim import Dssim
from faceswap_lab.training.losses.l1 import MaskedL1
from faceswap_lab.training.module import AutoencoderModule
from faceswap_lab.training.schedules import warmup_linear

TINY = {
    "_target_": "faceswap_lab.models.autoencoder.SharedAutoencoder",
    "encoder": {
        "_target_": "faceswap_lab.models.encoders.original.Original",
        "input_size": 32,
        "widths": [4, 8, 8],
    },
    "bottleneck": {
        "_target_": "faceswap_lab.models.bottlenecks.dense.Dense",
        "_partial_": True,
        "latent": 8,
        "channels": 8,
        "out_channels": 8,
    },
    "decoder": {"_target_": "faceswap_lab.models.decoders.upscale.Upscale", "_partial_": True, "widths": [8, 4]},
    "identities": ["ada", "ben"],
}


_TINY = [
    "++model.encoder.widths=[4,8,8]",
    "++model.encoder.input_size=32",
    "++model.bottleneck.latent=8",
    "++model.bottleneck.channels=8",
    "++model.bottleneck.out_channels=8",
    "++model.decoder.widths=[8,4]",
    "data.batch_size=2",
    "debug=smoke",
    "~callbacks.swaps",  # loads an embedder; test_swaps.py has it
]


@pytest.fixture
def tiny() -> list[str]:
    """Options by which `train` trains a few steps of a tiny network."""
    return list(_TINY)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Identity to folder of a face set of 24 drawn faces at 6 a second."""
    root = tmp_path_factory.mktemp("drawn")
    spec = CropSpec(size=48)
    return {
        name: str(drawn_faceset(root / name, name, 24, identity_seed=seed, crop_spec=spec, fps=6.0).path)
        for seed, name in enumerate(("ada", "ben"))
    }


@pytest.fixture
def make_data(folders: dict[str, str]) -> Callable[..., FaceDataModule]:
    """``make_data(**changes)`` serves the drawn faces, four of each a step."""

    def make(**changes: Any) -> FaceDataModule:
        augment = partial(Augment, warp=FaceWarp, shared={"colour": ColourJitter(p=0.5)})
        sizes = {"input_size": 32, "target_size": 32}
        given = {"augment": augment, "seed": 1, "batch_size": 4, "num_workers": 0}
        data = FaceDataModule(open_facesets(folders), **{**sizes, **given, **changes})
        data.prepare_data()
        data.setup()
        return data

    return make


@pytest.fixture
def make_module(folders: dict[str, str]) -> Callable[..., AutoencoderModule]:
    """``make_module(total_steps)`` is always the same untrained network."""

    def make(
        total_steps: int = 10, kind: type[AutoencoderModule] = AutoencoderModule, **changes: Any
    ) -> AutoencoderModule:
        seed_everything(1)
        net = SharedAutoencoder(
            Original(input_size=32, widths=[4, 8, 8]),
            bottleneck=partial(Dense, latent=8, channels=8, out_channels=8),
            decoder=partial(Upscale, widths=[8, 4]),
            identities=list(folders),
        )
        facesets = open_facesets(folders)
        card = make_card(
            net,
            model=TINY,
            identities=identity_cards(facesets),
            crop=crop_card(facesets, input_size=32),
            finder=finder_card(facesets),
            seed=1,
            config={"trainer": {"max_steps": total_steps}},
        )
        given = {
            "loss": CompositeLoss({"l1": MaskedL1(), "dssim": Dssim()}, weights={"l1": 1.0, "dssim": 0.5}),
            "make_optimizer": partial(torch.optim.Adam, lr=1e-3),
            "make_schedule": partial(warmup_linear, total_steps=total_steps),
        }
        return kind(net, card=card, **{**given, **changes})

    return make


@pytest.fixture
def read_metrics() -> Callable[[Path], dict[tuple[int, str], str]]:
    """``read_metrics(folder)`` gives metrics.csv as ``{(step, metric): text}``, without what a clock decides."""

    def read(folder: Path) -> dict[tuple[int, str], str]:
        with (folder / "metrics.csv").open(encoding="utf-8", newline="") as stream:
            return {
                (int(row["step"]), name): value
                for row in csv.DictReader(stream)
                for name, value in row.items()
                if value and name not in ("step", "train/samples_per_s", "train/seconds")
            }

    return read
