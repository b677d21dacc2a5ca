"""CONTRIBUTING, followed to the letter in a copy of the checkout: the encoder that it shows trains and is swept."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from faceswap_lab.core.checkpoint import read_card
from faceswap_lab.data.drawn_faceset import drawn_faceset

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
QUICK = ["trainer.max_steps=2", "data.batch_size=2", "data.validation_faces=2"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that has the two files which CONTRIBUTING shows, under the names that it gives them."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("faceswap_lab", "conf", "tests", "benchmarks"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, copy / name)
    text = (copy / "CONTRIBUTING.md").read_text(encoding="utf-8")
    shown = re.findall(r"^`([\w/.]+)`[^\n]*?[:,].*?^```\w+\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert [name for name, _ in shown] == ["faceswap_lab/models/encoders/mine.py", "conf/encoder/mine.yaml"]
    for name, content in shown:
        (copy / name).write_text(content, encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def facesets(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Options that name two drawn identities."""
    root = tmp_path_factory.mktemp("drawn")
    names = ("ada", "ben")
    paths = [drawn_faceset(root / name, name, 24, identity_seed=i, fps=6.0).path for i, name in enumerate(names)]
    return [f"facesets.{name}={path}" for name, path in zip(names, paths, strict=True)]


def _run(checkout: Path, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-m", *words], cwd=checkout, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def test_it_trains(checkout: Path, facesets: list[str]) -> None:
    _run(checkout, "faceswap_lab", "train", "encoder=mine", *facesets, *QUICK, "output=run")
    card = read_card(checkout / "run" / "checkpoints" / "last.ckpt")
    assert card["model"]["encoder"]["_target_"] == "faceswap_lab.models.encoders.mine.Mine"
    assert card["output_size"] == 64


def test_it_is_swept(checkout: Path, facesets: list[str]) -> None:
    _run(checkout, "faceswap_lab", "train", "-m", "encoder=mine,light", *facesets, *QUICK)
    made = {path.parents[1].name for path in checkout.glob("runs/**/last.ckpt")}
    assert made == {"encoder=mine", "encoder=light"}


def test_it_keeps_the_contract_and_the_house_s_rules(checkout: Path) -> None:
    said = _run(checkout, "pytest", "-q", "tests/models", "tests/conf", "-k", "mine", "-p", "no:cacheprovider")
    assert int(re.findall(r"(\d+) passed", said)[0]) >= 7
    _run(checkout, "ruff", "check", "faceswap_lab/models/encoders/mine.py")
    _run(checkout, "ruff", "format", "--check", "faceswap_lab/models/encoders/mine.py")
    _run(checkout, "pytest", "-q", "tests/test_imports.py", "-k", "mine", "-p", "no:cacheprovider")
