"""Three and five people share one encoder: all of them train, and every one can be drawn as every other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from faceswap_lab.core.checkpoint import read_card, read_checkpoint, rebuild_network
from faceswap_lab.core.overrides import override
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.models.autoencoder import SharedAutoencoder

NAMES = ("ada", "ben", "cyd", "dee", "eve")
TINY = ["++model.encoder.widths=[4,8,8]", "++model.encoder.input_size=32", "++model.bottleneck.latent=8"]
TINY += ["++model.bottleneck.channels=8", "++model.bottleneck.out_channels=8", "++model.decoder.widths=[8,4]"]
SIDE, GAP, ROWS = 32, 2, 2  # of the preview: px of a face, px between two, faces of each identity


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small face set of each."""
    root, spec = tmp_path_factory.mktemp("people"), CropSpec(size=48)
    return {
        name: drawn_faceset(root / name, name, 24, identity_seed=seed, crop_spec=spec, fps=6.0).path
        for seed, name in enumerate(NAMES)
    }


@pytest.mark.parametrize("number", [3, 5])
@pytest.mark.parametrize("training", ["autoencoder", "paired"])
def test_each_trains_and_is_drawn_as_each_other(
    people: dict[str, Path], run_cli: Callable[..., Any], tmp_path: Path, number: int, training: str
) -> None:
    names = NAMES[:number]
    sets = [override(f"facesets.{name}", str(people[name])) for name in names]
    words = [*TINY, f"training={training}", "data.partners=2", "data.batch_size=2", "data.num_workers=0", "logger=csv"]
    words += ["trainer.max_steps=4", f"callbacks.preview.faces={ROWS}", "trainer.accelerator=cpu"]
    done = run_cli(["train", *sets, *words, f"output={tmp_path / 'run'}"])
    assert done.code == 0, done.stderr
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    assert list(read_card(last)["identities"]) == list(names)
    logged = (tmp_path / "run" / "metrics.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert {f"val/ssim_{name}" for name in names} <= set(logged)

    net = rebuild_network(read_checkpoint(last))
    assert isinstance(net, SharedAutoencoder)
    assert all(net.refusal(name) is None for name in names)
    picture = np.asarray(Image.open(tmp_path / "run" / "previews" / "last.png"))
    assert picture.shape == (ROWS * number * (SIDE + GAP) - GAP, (number + 1) * (SIDE + GAP) - GAP, 3)
    drawn = [picture[:SIDE, column * (SIDE + GAP) :][:, :SIDE] for column in range(1, number + 1)]
    assert all((one != other).any() for place, one in enumerate(drawn) for other in drawn[:place])
