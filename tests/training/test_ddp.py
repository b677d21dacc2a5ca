"""Two processes share a step's faces and learn what one process learns."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from faceswap_lab.core.overrides import override

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TINY = [
    "++model.encoder.widths=[4,8,8]",
    "++model.encoder.input_size=32",
    "++model.bottleneck.latent=8",
    "++model.bottleneck.channels=8",
    "++model.bottleneck.out_channels=8",
    "++model.decoder.widths=[8,4]",
]
STEPS = 12


def _train(folder: Path, folders: dict[str, str], *words: str) -> tuple[list[float], dict[str, torch.Tensor]]:
    """The losses and the last weights of a run in its own process."""
    sets = [override(f"facesets.{name}", path) for name, path in folders.items()]
    common = [f"trainer.max_steps={STEPS}", "trainer.log_every_n_steps=1", "data.batch_size=4", "logger=csv"]
    command = [sys.executable, "-m", "faceswap_lab", "train", *TINY, *sets, *common, *words, f"output={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr[-2000:]
    with (folder / "metrics.csv").open(encoding="utf-8", newline="") as stream:
        losses = [float(row["train/loss"]) for row in csv.DictReader(stream) if row["train/loss"]]
    return losses, torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]


def test_two_processes_give_the_curve_of_one(folders: dict[str, str], tmp_path: Path) -> None:
    one, weights = _train(tmp_path / "one", folders, "trainer.accelerator=cpu")
    two, shared = _train(
        tmp_path / "two",
        folders,
        "trainer=ddp",
        "trainer.accelerator=cpu",
        "trainer.devices=2",
        "trainer.precision=32-true",
    )
    assert len(one) == len(two) == STEPS
    assert two == pytest.approx(one, abs=1e-4)
    for name, value in weights.items():
        torch.testing.assert_close(shared[name], value, rtol=0, atol=1e-3)
