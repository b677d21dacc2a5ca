"""LPIPS with made weights: torchmetrics' own code agrees, and the contract of a term holds."""

from pathlib import Path
from urllib.error import URLError

import pytest
import torch
import torchvision
from torch import Tensor
from torchmetrics.functional.image.lpips import _LPIPS

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.lpips import Lpips

FILE = "alexnet-owt-7be5be79.pth"
SIDE = 64


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    torch.manual_seed(3)
    return torchvision.models.alexnet(weights=None)


@pytest.fixture
def term(network: torch.nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lpips:
    """Of a made network that lies where torchvision's would."""
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    torch.save(network.state_dict(), tmp_path / "checkpoints" / FILE)
    return Lpips()


def _images() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    first, second = (torch.rand(2, 3, SIDE, SIDE, generator=generator) for _ in range(2))
    return first, second


def test_torchmetrics_gives_the_same(term: Lpips, network: torch.nn.Module) -> None:
    theirs = _LPIPS(pretrained=True, net="alex", pnet_rand=True, eval_mode=True)
    named = dict(theirs.net.named_parameters())
    for name, value in network.features.state_dict().items():
        ours = next(key for key in named if key.endswith("." + name))
        named[ours].data.copy_(value)
    first, second = _images()
    expected = theirs(2 * first - 1, 2 * second - 1).mean()
    whole = torch.ones(2, 1, SIDE, SIDE)
    torch.testing.assert_close(term(Decoded(first, None), second, whole), expected, rtol=1e-4, atol=1e-7)


def test_the_contract_of_a_term(term: Lpips) -> None:
    first, second = _images()
    mask = torch.zeros(2, 1, SIDE, SIDE)
    mask[..., 16:48, 8:40] = 1
    value = term(Decoded(first.requires_grad_(), None), second, mask)
    assert float(value) > 0
    assert float(term(Decoded(second, None), second, mask)) == 0
    assert torch.equal(term(Decoded(torch.where(mask > 0, first, 0.0), None), second, mask), value)
    (gradient,) = torch.autograd.grad(value, first)
    assert gradient[:, :, 16:48, 8:40].abs().max() > 0
    assert not (gradient * (mask == 0)).any()


def test_where_no_feature_answers_gradients_stay_finite(term: Lpips) -> None:
    for layer in term._network.parts[0]:
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.constant_(layer.bias, -100.0)  # nothing passes the first ReLU
    first, second = _images()
    value = term(Decoded(first.requires_grad_(), None), second, torch.ones(2, 1, SIDE, SIDE))
    (gradient,) = torch.autograd.grad(value, first)
    assert gradient.isfinite().all()


def test_faces_that_are_too_small_are_refused(term: Lpips) -> None:
    small = torch.zeros(1, 3, 16, 16)
    with pytest.raises(ConfigError, match=r"32 px and more, not 16; raise loss\.resolution"):
        term(Decoded(small, None), small, small[:, :1])


def test_it_stays_out_of_checkpoints_and_optimisers(term: Lpips) -> None:
    assert term.state_dict() == {}
    assert list(term.parameters()) == []


def test_offline_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise URLError("no route")

    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", offline)
    with pytest.raises(ConfigError, match=rf"lpips.*download {FILE}.*no route.*a loss without") as caught:
        Lpips()
    assert "\n" not in str(caught.value)
    with pytest.raises(ConfigError, match="choose one of alex, vgg"):
        Lpips(net="resnet")
