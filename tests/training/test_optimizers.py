"""The contract that every option of conf/optimizer keeps; the folder is the list."""

from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import OmegaConf

from faceswap_lab.core.build import build
from faceswap_lab.core.paths import conf_dir

OPTIONS = sorted((conf_dir() / "optimizer").glob("*.yaml"), key=lambda path: path.stem)


def _fit(option: Path, *, steps: int, lr: float) -> tuple[float, Any]:
    """Mean square error left after fitting a line's two numbers, and the optimiser."""
    make: Any = build(OmegaConf.load(option))
    weights = torch.nn.Parameter(torch.zeros(2))
    optimizer = make([weights], lr=lr)
    x = torch.linspace(-1, 1, 32)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (weights[0] * x + weights[1] - (0.4 * x - 0.3)).square().mean()
        loss.backward()
        optimizer.step()
    return float(loss.detach()), optimizer  # pyright: ignore[reportPossiblyUnbound]


@pytest.mark.parametrize("option", OPTIONS, ids=lambda path: path.stem)
def test_descends(option: Path) -> None:
    assert _fit(option, steps=200, lr=0.01)[0] < 2e-3


@pytest.mark.parametrize("option", OPTIONS, ids=lambda path: path.stem)
def test_its_state_survives_a_checkpoint(option: Path, tmp_path: Path) -> None:
    _, optimizer = _fit(option, steps=3, lr=0.01)
    torch.save(optimizer.state_dict(), tmp_path / "state.pt")
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert state["state"].keys() == optimizer.state_dict()["state"].keys()


def test_the_folder_holds_the_promised_ones() -> None:
    promised = {"adam", "adamw", "nadam", "rmsprop", "lion", "adabelief"}
    assert promised <= {option.stem for option in OPTIONS}
