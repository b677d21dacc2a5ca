"""Two processes share a step's faces and learn what one process learns."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from faceswap_lab.core.overrides import override

pytestmark = pytest.mark.timeout(600)

TINY = [
    "++model.encoder.widths=[4,8,8]",
    "++model.encoder.input_size=32",
    "++model.bottleneck.latent=8",
    "++model.bottleneck.channels=8",
    "++model.bottleneck.out_channels=8",
    "++model.decoder.widths=[8,4]",
]
STEPS = 12
SHOWN = ("train/loss", "train/adversarial", "train/true_face", "train/discriminator", "train/penalty")
SHOWN += ("train/swap", "train/expression", "train/features", "train/gradient_norm")


def _train(
    folder: Path, folders: dict[str, str], *words: str
) -> tuple[list[dict[str, float]], dict[str, torch.Tensor]]:
    """The figures of each step and the last weights of a run in its own process."""
    sets = [override(f"facesets.{name}", path) for name, path in folders.items()]
    common = [f"trainer.max_steps={STEPS}", "trainer.log_every_n_steps=1", "data.batch_size=4", "logger=csv"]
    command = [sys.executable, "-m", "faceswap_lab", "train", *TINY, *sets, *common, *words, f"output={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr[-2000:]
    with (folder / "metrics.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["train/loss"]]
    figures = [{name: float(value) for name, value in row.items() if value and name in SHOWN} for row in rows]
    return figures, torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        pytest.param([], set(), id="plain"),
        pytest.param(
            ["training=adversarial", "training.adversarial_weight={0: 0.2, 4: 0, 8: 0.2}"],
            {"train/adversarial", "train/discriminator"},
            id="adversarial",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            ["training=true_face", "training.true_face_weight=0.2", "training.toward=ben"],
            {"train/true_face", "train/discriminator"},
            id="true_face",
            marks=pytest.mark.slow,
        ),
        pytest.param(["bottleneck=variational"], {"train/penalty"}, id="variational", marks=pytest.mark.slow),
        pytest.param(
            [
                "training=paired",
                "data.partners=2",
                "training.expression_weight=0.1",
                "schedule=warmup_cosine",
                "+callbacks.autoclip={_target_: faceswap_lab.training.callbacks.autoclip.AutoClip}",
                "+callbacks.lr_dropout={_target_: faceswap_lab.training.callbacks.lr_dropout.LrDropout, keep: 0.5}",
            ],
            {"train/swap", "train/expression", "train/features", "train/gradient_norm"},
            id="paired",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            ["bottleneck=amp", "model=shared_decoder", "~model.bottleneck.out_channels"],
            set(),
            id="amp",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_two_processes_give_the_curve_of_one(
    folders: dict[str, str], tmp_path: Path, words: list[str], figures: set[str]
) -> None:
    one, weights = _train(tmp_path / "one", folders, "trainer.accelerator=cpu", *words)
    two, shared = _train(
        tmp_path / "two",
        folders,
        "trainer=ddp",
        "trainer.accelerator=cpu",
        "trainer.devices=2",
        "trainer.precision=32-true",
        *words,
    )
    assert len(one) == len(two) == STEPS
    assert {"train/loss", *figures} <= set(one[-1])
    for alone, together in zip(one, two, strict=True):
        assert together == pytest.approx(alone, abs=1e-4)
    for name, value in weights.items():
        torch.testing.assert_close(shared[name], value, rtol=0, atol=1e-3)
