"""FAN's wiring: the real package with made weights, and what happens without any."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.detectors.mtcnn import Mtcnn
from faceswap_lab.faces.landmarkers import fan
from faceswap_lab.faces.landmarkers.fan import Fan

WEIGHTS = "2DFAN4-11f355bf06.pth.tar"


@pytest.fixture
def hub_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the weights would lie, in an empty torch hub cache of this test."""
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints" / WEIGHTS


@pytest.fixture
def made_weights(hub_file: Path) -> Path:
    from face_alignment.models import FAN

    torch.manual_seed(0)
    torch.save(FAN(4).state_dict(), hub_file)
    return hub_file


@pytest.mark.slow
def test_the_real_package_runs_on_our_boxes(made_weights: Path) -> None:
    """Untrained weights answer nonsense, but 68 points of it, in frame pixels around the box."""
    image = skimage.data.astronaut()
    (detection,) = Mtcnn().detect(image)
    face = Fan(flip=False).landmarks(image, detection)
    assert face.landmarks_682.shape == (68, 2)
    assert face.landmarks_682.dtype == np.float64
    centre, side = (detection.box_4[:2] + detection.box_4[2:]) / 2, np.ptp(detection.box_4.reshape(2, 2), axis=0).max()
    assert (np.abs(face.landmarks_682 - centre) < 1.5 * side).all()
    assert face.box_4 is detection.box_4


def test_offline_is_one_clear_line(hub_file: Path) -> None:
    """The tests' closed network stands for any: the error says what is missing and what to do."""
    with pytest.raises(ConfigError, match=r"could not .*landmarker=dlib68") as caught:
        Fan()
    assert WEIGHTS in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not hub_file.exists()


class Payload:
    """Unpickling it would write a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return Path.touch, (Path(self.target),)  # type: ignore[return-value]


def test_a_foreign_file_in_the_cache_runs_no_code(hub_file: Path, tmp_path: Path) -> None:
    torch.save({"weights": Payload(tmp_path / "owned")}, hub_file)
    with pytest.raises(ConfigError, match="delete it and try again"):
        Fan()
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04 cut off"])
def test_a_damaged_file_is_one_clear_line(hub_file: Path, content: bytes) -> None:
    hub_file.write_bytes(content)
    with pytest.raises(ConfigError, match="delete it and try again") as caught:
        Fan()
    assert "\n" not in str(caught.value)


def test_weights_of_another_network_are_refused(hub_file: Path) -> None:
    torch.save({"layer.weight": torch.zeros(2)}, hub_file)
    with pytest.raises(ConfigError, match="delete it and try again"):
        Fan()


def test_older_packages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan, "version", lambda name: "1.4.1")
    with pytest.raises(ConfigError, match="or newer"):
        Fan()
