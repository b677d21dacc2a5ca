"""Some weights sit out an update, others are updated as ever, and which is a function of the step."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.training.callbacks.lr_dropout import LrDropout
from faceswap_lab.training.fit import fit

Make = Callable[..., Any]


def _trained(make_module: Make, make_data: Make, folder: Path, **options: Any) -> tuple[Any, Any]:
    """A network before and after one step."""
    module = make_module()
    before = torch.cat([weight.detach().flatten().clone() for weight in module.net.parameters()])
    fit(module, make_data(), folder=folder, max_steps=1, callbacks=[LrDropout(**options)] if options else [])
    return before, torch.cat([weight.detach().flatten() for weight in module.net.parameters()])


def test_the_share_that_is_kept_moves_as_it_would_alone(make_module: Make, make_data: Make, tmp_path: Path) -> None:
    before, plain = _trained(make_module, make_data, tmp_path / "plain")
    _, dropped = _trained(make_module, make_data, tmp_path / "dropped", keep=0.3)
    _, again = _trained(make_module, make_data, tmp_path / "again", keep=0.3)
    _, all_kept = _trained(make_module, make_data, tmp_path / "all", keep=1.0)
    moves, moved = plain != before, dropped != before
    assert torch.equal(dropped[moved], plain[moved])
    assert float(moved[moves].float().mean()) == pytest.approx(0.3, abs=0.05)
    assert torch.equal(dropped, again)
    assert torch.equal(all_kept, plain)


@pytest.mark.parametrize("keep", [0.0, 1.1, float("nan")])
def test_shares_out_of_range_are_refused(keep: float) -> None:
    with pytest.raises(ConfigError, match=r"callbacks\.lr_dropout\.keep"):
        LrDropout(keep=keep)
