"""Every recipe trains, goes on from its checkpoint and swaps a picture; minutes for the large ones, hence slow."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data

from faceswap_lab.core.checkpoint import CARD_KEY, read_checkpoint, rebuild_network
from faceswap_lab.core.compose import conf_dir
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.models.autoencoder import SharedAutoencoder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

RECIPES = sorted(path.stem for path in (conf_dir() / "experiment").glob("*.yaml"))


@pytest.fixture(scope="module")
def facesets(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Options that name two drawn identities."""
    root = tmp_path_factory.mktemp("drawn")
    names = ("ada", "ben")
    paths = [drawn_faceset(root / name, name, 40, identity_seed=i, fps=6.0).path for i, name in enumerate(names)]
    return [f"facesets.{name}={path}" for name, path in zip(names, paths, strict=True)]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_trains_resumes_and_swaps(
    recipe: str, facesets: list[str], run_cli: Callable[..., Any], tmp_path: Path
) -> None:
    picture = tmp_path / "footage.png"
    real = np.ascontiguousarray(skimage.data.astronaut())
    cv2.imwrite(str(picture), real[..., ::-1])
    # As little as shows it: one face of each, and no checkpoint of up to 2 GB but where the run ends.
    words = [f"experiment={recipe}", "data.batch_size=1", "data.validation_faces=1", "callbacks.preview.faces=1"]
    words += ["callbacks.checkpointer.every_s=3600", *facesets]
    run = tmp_path / "run"
    checkpoint = run / "checkpoints" / "last.ckpt"
    first = run_cli(["train", *words, "trainer.max_steps=12", f"output={run}"])
    assert first.code == 0, first.stderr
    again = run_cli(["train", *words, "trainer.max_steps=20", f"checkpoint={checkpoint}", f"output={run}"])
    assert again.code == 0, again.stderr
    content = read_checkpoint(checkpoint)
    assert content[CARD_KEY]["steps"] == 20

    net = rebuild_network(content)
    assert isinstance(net, SharedAutoencoder)
    (identity, *_) = [name for name in ("ben", "ada") if net.refusal(name) is None]
    out = tmp_path / "swapped.png"
    # The watermark would move every pixel, and what lies beyond the face is to be compared.
    plain = ["provenance=unmarked", "provenance.reason=compared pixel by pixel"]
    result = run_cli(
        ["convert", f"checkpoint={checkpoint}", f"footage={picture}", f"identity={identity}", f"output={out}", *plain]
    )
    assert result.code == 0, result.stderr
    swapped = cv2.imread(str(out))[..., ::-1]
    assert swapped.shape == real.shape
    face = swapped[70:180, 180:270].astype(int) - real[70:180, 180:270]
    assert np.abs(face).mean() > 1  # after twenty steps it is no face yet, but it is drawn
    np.testing.assert_array_equal(swapped[300:, :200], real[300:, :200])
    for file in run.rglob("*.ckpt"):
        file.unlink()  # up to 2 GB each
