"""`training.compile`: compiled steps are those of the network as it is, resume alike, and say what they need."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from faceswap_lab.training.fit import fit

Make = Callable[..., Any]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

WORDS = ["++model.encoder.widths=[4,8,8]", "++model.encoder.input_size=32", "++model.bottleneck.latent=8"]
WORDS += ["++model.bottleneck.channels=8", "++model.bottleneck.out_channels=8", "++model.decoder.widths=[8,4]"]
WORDS += ["data.batch_size=2", "debug=smoke", "training.compile=true", "trainer.accelerator=cpu"]


@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs g++")
def test_compiled_steps_are_those_of_the_network_and_resume(
    make_module: Make, make_data: Make, read_metrics: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache"))

    def run(name: str, steps: int, *, compiled: bool, checkpoint: Path | None = None) -> dict[str, torch.Tensor]:
        fit(
            make_module(8, compile=compiled),
            make_data(),
            folder=tmp_path / name,
            max_steps=steps,
            checkpoint=checkpoint,
        )
        return torch.load(tmp_path / name / "checkpoints" / "last.ckpt")["state_dict"]

    plain = run("plain", 8, compiled=False)
    whole = run("whole", 8, compiled=True)
    assert list((tmp_path / "cache").rglob("*.so")), "nothing was compiled"
    assert whole.keys() == plain.keys()
    for name, weights in whole.items():
        torch.testing.assert_close(weights, plain[name], rtol=1e-3, atol=1e-5)
    run("parts", 5, compiled=True)
    resumed = run("parts", 8, compiled=True, checkpoint=tmp_path / "parts" / "checkpoints" / "last.ckpt")
    for name, weights in resumed.items():
        assert torch.equal(weights, whole[name]), name
    # A checkpoint of one kind goes on as the other.
    other = run("parts", 9, compiled=False, checkpoint=tmp_path / "parts" / "checkpoints" / "last.ckpt")
    assert other.keys() == plain.keys()


@pytest.mark.parametrize("length", ["trainer.max_steps=3", "trainer.max_steps=null"])
def test_without_a_compiler_it_says_so_in_one_line(folders: dict[str, str], tmp_path: Path, length: str) -> None:
    environment = {**os.environ, "CXX": "/nowhere/c++", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")}
    named = [f"facesets.{name}={folder}" for name, folder in folders.items()]
    done = subprocess.run(
        [sys.executable, "-m", "faceswap_lab", "train", *WORDS, *named, length, "minutes=1", f"output={tmp_path}/run"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert "training.compile=true does not work on this machine" in line
    assert "install a C++ compiler, such as g++, or set training.compile=false" in line
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "run").rglob("*.ckpt"))
