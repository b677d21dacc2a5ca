"""What `train` computes stays what it was: the first losses of a recipe on drawn faces, to a thousandth.

    python tests/golden/test_loss_curve.py

writes the file that the test compares with. A change of the numbers is a change of what `train` computes: say in the
commit why it is meant.
"""

import csv
import json
import tempfile
from pathlib import Path

import pytest
import torch

from faceswap_lab.commands import train
from faceswap_lab.core.compose import compose_config
from faceswap_lab.core.overrides import override
from faceswap_lab.data.drawn_faceset import drawn_faceset

FILE = Path(__file__).with_name("loss_curve.json")
STEPS = 20


def loss_curve(folder: Path) -> list[float]:
    """``train/loss`` of the first steps of `experiment=light`, by one thread: more add in another order.

    In double precision and at a seventh of the recipe's rate: otherwise twenty steps make the rounding errors by which
    processors differ larger than the tolerance.
    """
    names = ("ada", "ben")
    sets = [drawn_faceset(folder / name, name, 40, identity_seed=seed, fps=6.0) for seed, name in enumerate(names)]
    named = [override(f"facesets.{name}", str(of.path)) for name, of in zip(names, sets, strict=True)]
    words = [
        "experiment=light",
        "optimizer.lr=2e-4",
        "logger=csv",
        "trainer.accelerator=cpu",
        "trainer.precision=64-true",
        "trainer.log_every_n_steps=1",
    ]
    output = override("output", str(folder / "run"))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        train.run(compose_config("train", [*words, f"trainer.max_steps={STEPS}", *named, output]))
    finally:
        torch.set_num_threads(threads)
    with (folder / "run" / "metrics.csv").open(encoding="utf-8", newline="") as stream:
        return [float(row["train/loss"]) for row in csv.DictReader(stream) if row["train/loss"]]


@pytest.mark.golden
def test_the_first_losses_are_those_on_record(tmp_path: Path) -> None:
    recorded = json.loads(FILE.read_text(encoding="utf-8"))["train/loss"]
    assert len(recorded) == STEPS
    assert loss_curve(tmp_path) == pytest.approx(recorded, rel=1e-3)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        curve = {"train/loss": loss_curve(Path(scratch))}
    FILE.write_text(json.dumps(curve, indent=1) + "\n", encoding="utf-8")
