"""sfd and blazeface without their published weights: decoding against closed forms, wiring with made weights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.detectors.blazeface import Blazeface, anchors, decode_anchors, five_of_blazeface
from faceswap_lab.faces.detectors.sfd import Sfd, decode_levels
from faceswap_lab.faces.face import OUTER_LIPS
from faceswap_lab.faces.keypoints import five_of_68
from faceswap_lab.faces.mean_face import MEAN_FACE_682

DETECTORS: dict[str, Callable[..., Any]] = {"s3fd-619a316812.pth": Sfd, "blazefaceback.pth": Blazeface}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkpoints of an empty torch hub cache of this test."""
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


# weights -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", DETECTORS)
def test_offline_is_one_clear_line(hub: Path, file: str) -> None:
    with pytest.raises(ConfigError, match=r"could not .*detector=mtcnn") as caught:
        DETECTORS[file]()
    assert file in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(hub.iterdir()) == []


class Payload:
    """Unpickling it would make a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[..., object], tuple[Path]]:
        return Path.touch, (self.target,)


@pytest.mark.parametrize("file", DETECTORS)
def test_a_foreign_file_in_the_cache_runs_no_code(hub: Path, tmp_path: Path, file: str) -> None:
    torch.save({"weights": Payload(tmp_path / "owned")}, hub / file)
    with pytest.raises(ConfigError, match="delete it and try again"):
        DETECTORS[file]()
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("file", DETECTORS)
@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04 cut off"])
def test_a_damaged_file_is_one_clear_line(hub: Path, file: str, content: bytes) -> None:
    (hub / file).write_bytes(content)
    with pytest.raises(ConfigError, match="delete it and try again") as caught:
        DETECTORS[file]()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", DETECTORS)
@pytest.mark.parametrize("content", [{"layer.weight": torch.zeros(2)}, [1, 2], "words"])
def test_weights_of_another_network_are_refused(hub: Path, file: str, content: Any) -> None:
    torch.save(content, hub / file)
    with pytest.raises(ConfigError, match="delete it and try again"):
        DETECTORS[file]()


# sfd -----------------------------------------------------------------------------------------------------------------


def sfd_outputs(size: int = 64) -> list[torch.Tensor]:
    """What the network answers where there is nothing, for six levels."""
    outputs = []
    for level in range(6):
        cells = max(size // (4 * 2**level), 1)
        logits = torch.zeros(1, 2, cells, cells)
        logits[:, 0] = 9.0
        outputs += [logits, torch.zeros(1, 4, cells, cells)]
    return outputs


def test_sfd_decodes_a_cell_to_its_prior_and_offsets_move_it() -> None:
    outputs = sfd_outputs()
    assert decode_levels(outputs, 0.5)[0].shape == (0, 4)
    outputs[2][0, :, 3, 5] = torch.tensor([0.0, 2.0])  # second level, stride 8: row 3, column 5
    boxes, scores = decode_levels(outputs, 0.5)
    middle = np.array([5.5 * 8, 3.5 * 8])
    np.testing.assert_allclose(boxes, [np.concatenate([middle - 16, middle + 16])])
    np.testing.assert_allclose(scores, [1 / (1 + np.exp(-2))], rtol=1e-6)
    outputs[3][0, :, 3, 5] = torch.tensor([1.0, -2.0, np.log(2) / 0.2, 0.0])
    (box,), _ = decode_levels(outputs, 0.5)
    moved = middle + [3.2, -6.4]  # a tenth of the prior's 32 px for each unit
    np.testing.assert_allclose(box, [moved[0] - 32, moved[1] - 16, moved[0] + 32, moved[1] + 16], rtol=1e-6)


@pytest.mark.slow
def test_sfd_runs_on_the_real_network_in_frame_pixels(hub: Path) -> None:
    """Weights that are zero but for the biases: every cell of the coarsest level answers its prior."""
    from face_alignment.detection.sfd.net_s3fd import s3fd

    network = s3fd()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.zero_()
            if name.endswith("conf.bias"):
                parameter[0] = 9.0
            if name == "conv7_2_mbox_conf.bias":
                parameter[:] = torch.tensor([0.0, 3.0])
    torch.save(network.state_dict(), hub / "s3fd-619a316812.pth")
    image = np.zeros((512, 256, 3), np.uint8)
    found = Sfd(short_side=128).detect(image)
    assert found
    assert all(face.confidence == pytest.approx(1 / (1 + np.exp(-3))) for face in found)
    sides = [face.box_4[2:] - face.box_4[:2] for face in found]
    np.testing.assert_allclose(sides, 2 * 4 * 128, err_msg="the prior of stride 128, twice as large in the frame")
    assert all(face.hog_box_4 is not None and face.keypoints_52 is None for face in found)
    assert Sfd(short_side=128).detect(np.zeros((16, 16, 3), np.uint8)) == []


# blazeface -----------------------------------------------------------------------------------------------------------


def test_blazeface_anchors_are_the_published_grid() -> None:
    """896 middles: two a cell on 16 x 16, six a cell on 8 x 8, row by row."""
    grid = anchors()
    assert grid.shape == (896, 2)
    np.testing.assert_allclose(grid[:3], [[1 / 32, 1 / 32], [1 / 32, 1 / 32], [3 / 32, 1 / 32]])
    np.testing.assert_allclose(grid[512:519, 0], [1 / 16] * 6 + [3 / 16])
    np.testing.assert_allclose(grid[-1], [15 / 16, 15 / 16])


def raw_answer(middle: float = 0.0) -> np.ndarray:
    """A box of 64 x 32 px and keypoints on a row, relative to the anchor."""
    return np.array([middle, 0, 64, 32, *np.arange(12.0)])


def test_blazeface_decodes_relative_to_the_anchor() -> None:
    raw, logits = np.zeros((896, 16)), np.full(896, -9.0)
    assert decode_anchors(raw, logits, 0.5)[0].shape == (0, 16)
    raw[600], logits[600] = raw_answer(), 2.0
    (answer,), (score,) = decode_anchors(raw, logits, 0.5)
    x, y = anchors()[600]
    np.testing.assert_allclose(answer[:4], [x - 0.125, y - 0.0625, x + 0.125, y + 0.0625])
    np.testing.assert_allclose(answer[4:], np.arange(12) / 256 + np.tile([x, y], 6))
    assert score == pytest.approx(1 / (1 + np.exp(-2)))


def test_blazeface_averages_answers_on_one_face_by_their_scores() -> None:
    raw, logits = np.zeros((896, 16)), np.full(896, -9.0)
    raw[600], raw[601], logits[600], logits[601] = raw_answer(0), raw_answer(8), 2.0, 1.0
    raw[100], logits[100] = raw_answer(), 3.0  # another face, elsewhere
    answers, scores = decode_anchors(raw, logits, 0.5)
    assert len(answers) == 2
    assert scores[0] > scores[1]
    one, other = 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-1))
    left = anchors()[600][0] - 0.125 + other / (one + other) * 8 / 256
    assert answers[1][0] == pytest.approx(left)


def test_blazeface_keypoints_are_ours_on_the_mean_face_at_any_place_and_turn() -> None:
    turn = np.radians(40)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    face = MEAN_FACE_682 @ rotation.T * 80 + [200, 100]
    five = five_of_68(face)
    four = np.concatenate([five[:3], face[OUTER_LIPS].mean(0)[None]])
    np.testing.assert_allclose(five_of_blazeface(four), five, atol=1e-9)
    assert np.isfinite(five_of_blazeface(np.zeros((4, 2)))).all()


def test_blazeface_runs_on_the_real_network_in_frame_pixels(hub: Path) -> None:
    """Weights that are zero but for the biases: both anchors of every fine cell answer a box of half the square."""
    from face_alignment.detection.blazeface.net_blazeface import BlazeFace

    network = BlazeFace(back_model=True)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.classifier_8.bias[:] = 3.0
        network.classifier_16.bias[:] = -9.0
        network.regressor_8.bias[:] = torch.tensor([0.0, 0, 128, 128, *[0.0] * 12] * 2)
    torch.save(network.state_dict(), hub / "blazefaceback.pth")
    found = Blazeface().detect(np.zeros((1000, 500, 3), np.uint8))
    assert found
    sides = np.array([face.box_4[2:] - face.box_4[:2] for face in found])
    np.testing.assert_allclose(sides, 500, atol=1e-6)
    middles = np.array([(face.box_4[:2] + face.box_4[2:]) / 2 for face in found])
    assert middles[:, 0].min() > -250
    assert middles[:, 0].max() < 750, "the square reaches beyond the sides of a tall frame"
    assert all(face.keypoints_52 is not None and face.keypoints_52.shape == (5, 2) for face in found)


@pytest.mark.parametrize("detector", [Sfd, Blazeface])
def test_scores_out_of_range(detector: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match=r"detector\.least_score"):
        detector(least_score=1.0)
