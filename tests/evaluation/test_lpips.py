"""LPIPS by its formula, on weights drawn at random that are read as the published ones would be."""

from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
import skimage.data
import torch
from torchmetrics.functional.image.lpips import _LPIPS
from torchvision.models import alexnet

from faceswap_lab.core.errors import ConfigError, ShapeError
from faceswap_lab.evaluation.lpips import WEIGHTS, Lpips

FACE = skimage.data.astronaut()[0:192, 130:322] / 255.0


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of torch's hub."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


@pytest.fixture
def save_weights(hub: Path) -> Callable[[], torch.nn.Module]:
    def save() -> torch.nn.Module:
        torch.manual_seed(0)
        network = alexnet(weights=None).eval()
        torch.save(network.state_dict(), hub / Path(WEIGHTS).name)
        return network

    return save


@pytest.mark.slow
def test_it_equals_torchmetrics_on_the_same_weights_and_grows_with_what_is_lost(save_weights) -> None:
    network, lpips = save_weights(), Lpips()
    reference = _LPIPS(pretrained=True, net="alex", pnet_rand=True).eval()
    slices = [getattr(reference.net, f"slice{number}") for number in range(1, 6)]
    for layer, ours in zip([of for part in slices for of in part], network.features, strict=False):
        layer.load_state_dict(ours.state_dict())
    scores = []
    for sigma in (0.0, 1.0, 2.0, 4.0):
        other = cv2.GaussianBlur(FACE, (0, 0), sigma) if sigma else FACE
        scores.append(lpips(FACE, other))
        pair = [torch.from_numpy(image).permute(2, 0, 1)[None].float() for image in (FACE, other)]
        with torch.no_grad():
            assert scores[-1] == pytest.approx(float(reference(*pair, normalize=True)), rel=1e-4, abs=1e-9)
    assert scores[0] == 0.0
    assert scores == sorted(scores)
    assert len(set(scores)) == 4
    with pytest.raises(ShapeError, match="32 px"):
        lpips(FACE[:20], FACE[:20])


def test_without_weights_one_line_says_where_they_belong(hub: Path) -> None:
    with pytest.raises(ConfigError, match=r"perceptual=true has to download alexnet-owt-7be5be79.pth") as caught:
        Lpips()
    assert str(hub) in str(caught.value)
    assert "\n" not in str(caught.value)
