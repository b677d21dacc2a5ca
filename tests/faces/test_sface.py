"""SFace's loader, on a network of the same shape that is made here: what it reads, and how it refuses."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.embedders.sface import Sface
from faceswap_lab.faces.mean_face import MEAN_FACE_682

onnx = pytest.importorskip("onnx")
LANDMARKS = MEAN_FACE_682 * 80.0 + (185.0, 70.0)


def write_network(path: Path, *, numbers: int = 128) -> Path:
    """112 px of RGB to so many numbers: means of blocks, mixed by a fixed matrix."""
    helper, side = onnx.helper, 14 * 14 * 3
    matrix = np.random.default_rng(0).normal(size=(side, numbers)).astype(np.float32)
    nodes = [
        helper.make_node("AveragePool", ["data"], ["blocks"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Flatten", ["blocks"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "matrix"], ["fc1"]),
    ]
    graph = helper.make_graph(
        nodes,
        "sface",
        [helper.make_tensor_value_info("data", onnx.TensorProto.FLOAT, [1, 3, 112, 112])],
        [helper.make_tensor_value_info("fc1", onnx.TensorProto.FLOAT, [1, numbers])],
        [onnx.numpy_helper.from_array(matrix, "matrix")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6), str(path))
    return path


def test_a_face_becomes_a_vector_of_length_one_wherever_it_lies(tmp_path: Path) -> None:
    embedder, image = Sface(model=str(write_network(tmp_path / "sface.onnx"))), skimage.data.astronaut()
    vector = embedder.embed(image, LANDMARKS)
    assert vector.shape == (128,)
    assert np.linalg.norm(vector) == pytest.approx(1.0)
    moved = np.roll(image, (13, -20), axis=(0, 1))
    assert embedder.embed(moved, LANDMARKS + (-20, 13)) == pytest.approx(vector, abs=1e-3)
    assert np.linalg.norm(embedder.embed(image[::-1].copy(), LANDMARKS) - vector) > 0.05
    assert embedder.name.startswith("sface (sface.onnx ")


def test_red_and_blue_are_told_apart_as_the_network_was_trained(tmp_path: Path) -> None:
    embedder = Sface(model=str(write_network(tmp_path / "sface.onnx")))
    red, blue = np.zeros((512, 512, 3), np.uint8), np.zeros((512, 512, 3), np.uint8)
    red[..., 0], blue[..., 2] = 200, 200
    matrix = np.random.default_rng(0).normal(size=(588, 128)).astype(np.float32)
    expected = matrix[:196].sum(axis=0)  # the first plane that the network sees is red
    assert embedder.embed(red, LANDMARKS) == pytest.approx(expected / np.linalg.norm(expected), abs=1e-4)
    assert np.linalg.norm(embedder.embed(blue, LANDMARKS) - embedder.embed(red, LANDMARKS)) > 0.5


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"sface needs its model: download face_recognition_sface"):
        Sface()
    with pytest.raises(ConfigError, match="no such file"):
        Sface(model=str(tmp_path / "none.onnx"))
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(ConfigError, match="not an SFace network"):
        Sface(model=str(tmp_path / "text.onnx"))
    with pytest.raises(ConfigError, match="gives 64 numbers"):
        Sface(model=str(write_network(tmp_path / "small.onnx", numbers=64)))
