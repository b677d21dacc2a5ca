"""YuNet: its file, its options, and its outputs as boxes and points in frame pixels."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.numpy_helper
import pytest
import skimage.data

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.detectors.yunet import Yunet


def test_yunet_without_its_file_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"detector\.model is missing; download face_detection_yunet"):
        Yunet()
    with pytest.raises(ConfigError, match="no such file; download"):
        Yunet(model=str(tmp_path / "none.onnx"))


@pytest.mark.parametrize("content", [b"", b"no network"])
def test_yunet_of_another_kind_is_one_clear_line(tmp_path: Path, content: bytes, capfd: Any) -> None:
    (tmp_path / "other.onnx").write_bytes(content)
    with pytest.raises(ConfigError, match="is not a YuNet network") as caught:
        Yunet(model=str(tmp_path / "other.onnx"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("options", [{"least_score": 1.5}, {"most_overlap": 0.0}, {"short_side": 8}])
def test_yunet_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"detector.{next(iter(options))}"):
        Yunet(model="any", **options)


def _made_yunet(path: Path, *, stride: int, box_4: Sequence[float], points_10: Sequence[float]) -> str:
    """A network with YuNet's twelve outputs that takes every bright cell of one stride for a face, always as large."""
    nodes, weights = [], []
    for step in (8, 16, 32):
        brightness = np.full((1, 3, step, step), (step == stride) / (3 * step**2 * 255), np.float32)
        heads = {"cls": (brightness, [0.0]), "obj": (brightness, [0.0])}
        for name, values in (("bbox", box_4), ("kps", points_10)):
            heads[name] = (np.zeros((len(values), 3, step, step), np.float32), values)
        for name, (kernel, bias) in heads.items():
            head = f"{name}_{step}"
            weights += [
                onnx.numpy_helper.from_array(kernel, f"{head}.w"),
                onnx.numpy_helper.from_array(np.asarray(bias, np.float32), f"{head}.b"),
                onnx.numpy_helper.from_array(np.array([1, -1, len(bias)]), f"{head}.shape"),
            ]
            nodes += [
                onnx.helper.make_node(
                    "Conv",
                    ["input", f"{head}.w", f"{head}.b"],
                    [f"{head}.map"],
                    kernel_shape=[step] * 2,
                    strides=[step] * 2,
                ),
                onnx.helper.make_node("Transpose", [f"{head}.map"], [f"{head}.last"], perm=[0, 2, 3, 1]),
                onnx.helper.make_node("Reshape", [f"{head}.last", f"{head}.shape"], [head]),
            ]
    widths = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
    outputs = {
        f"{name}_{step}": [1, (640 // step) ** 2, width] for name, width in widths.items() for step in (8, 16, 32)
    }
    value, kind = onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        nodes,
        "made",
        [value("input", kind, [1, 3, 640, 640])],
        [value(name, kind, shape) for name, shape in outputs.items()],
        weights,
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    return str(path)


@pytest.mark.parametrize("enlarged", [1, 3])
def test_yunet_boxes_and_points_are_those_of_its_outputs(tmp_path: Path, enlarged: int) -> None:
    """One bright cell, column 2 and row 1 of 16 px: centre, sides and points by the paper's formulas."""
    points_52 = np.array([[0.1, 0.2], [0.9, 0.2], [0.5, 0.5], [0.2, 0.8], [0.8, 0.8]])
    box_4 = [0.5, 0.25, np.log(3), np.log(2)]
    model = _made_yunet(tmp_path / "made.onnx", stride=16, box_4=box_4, points_10=points_52.ravel().tolist())
    image = np.zeros((64, 96, 3), np.uint8)
    image[16:32, 32:48] = 255
    image = image.repeat(enlarged, 0).repeat(enlarged, 1)
    (found,) = Yunet(model=model, short_side=64).detect(image)
    centre_2, half_2 = np.array([2.5, 1.25]) * 16, np.array([3, 2]) * 8
    expected_4 = np.concatenate([centre_2 - half_2, centre_2 + half_2]) * enlarged - 0.5
    np.testing.assert_allclose(found.box_4, expected_4, atol=0.01)
    assert found.confidence == pytest.approx(1.0, abs=0.01)
    assert found.keypoints_52 is not None
    np.testing.assert_allclose(found.keypoints_52, (points_52 + [2, 1]) * 16 * enlarged - 0.5, atol=0.01)


def test_yunet_finds_a_portrait_where_its_file_is_at_hand(footage_dir: Path) -> None:
    model = footage_dir / "models" / "face_detection_yunet_2023mar.onnx"
    if not model.is_file():
        pytest.skip(f"{model} is not there")
    (found,) = Yunet(model=str(model)).detect(skimage.data.astronaut())
    assert found.keypoints_52 is not None
    np.testing.assert_allclose(found.keypoints_52[:2], [[205, 102], [249, 105]], atol=6)
