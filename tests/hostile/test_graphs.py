"""ONNX graphs that read other files, have no end, or ask for more memory than there is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from faceswap_lab.core.errors import CheckpointError
from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.media.images import write_image
from faceswap_lab.swap.onnx_file import read_graph
from faceswap_lab.swap.onnx_graph import OnnxGraph
from tests.swap.conftest import picture

SIDE = 32
FACE, FOOTAGE_MASK, DRAWN, MASK = "in_face:0", "out_face_mask:0", "out_celeb_face:0", "out_celeb_face_mask:0"
Make = Callable[..., Any]
make_node: Make = helper.make_node


def graph(nodes: list[Any], **constants: np.ndarray) -> Any:
    """A .dfm that hands back the face it is given; what the nodes make as ``bomb`` is needed for that.

    Args:
        nodes: Come first; they may use the face, and ``constants`` by name.
        constants: Weights.
    """
    weights = {"three": np.array([3], np.int64), "nothing": np.zeros((), np.float32), **constants}
    drawing = [
        make_node("ReduceMax", ["bomb"], ["largest"], keepdims=0),
        make_node("Mul", ["largest", "nothing"], ["zero"]),
        make_node("Add", [FACE, "zero"], [DRAWN]),
        make_node("ReduceMax", [DRAWN], [MASK], axes=[3], keepdims=1),
        make_node("Identity", [MASK], [FOOTAGE_MASK]),
    ]
    value = helper.make_tensor_value_info
    outputs = [
        value(name, TensorProto.FLOAT, ["batch", SIDE, SIDE, channels])
        for name, channels in ((FOOTAGE_MASK, 1), (DRAWN, 3), (MASK, 1))
    ]
    inputs = [value(FACE, TensorProto.FLOAT, ["batch", SIDE, SIDE, 3])]
    initializers = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    made = helper.make_graph(nodes + drawing, "hostile", inputs, outputs, initializers)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def inner(*nodes: Any, outputs: int = 1) -> Any:
    """A graph within a node."""
    value = helper.make_tensor_value_info
    return helper.make_graph(
        list(nodes), "inner", [], [value(f"o{n}", TensorProto.FLOAT, None) for n in range(outputs)]
    )


def loop(**changes: Any) -> Any:
    """A node that goes round and round."""
    true = make_node("Constant", [], ["go_on"], value=numpy_helper.from_array(np.array(True)))
    body = helper.make_graph(
        [true, make_node("Add", ["x", "x"], ["more"])],
        "body",
        [
            helper.make_tensor_value_info("number", TensorProto.INT64, []),
            helper.make_tensor_value_info("so_far", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("more", TensorProto.FLOAT, None),
        ],
    )
    return make_node("Loop", ["", "", FACE], [changes.get("name", "bomb")], body=body)


def in_a_branch(node: Any) -> Any:
    branch = inner(node, make_node("Identity", [node.output[0]], ["o0"]))
    return make_node("If", ["yes"], ["bomb"], then_branch=branch, else_branch=branch)


def in_a_function(node: Any) -> Any:
    model = graph([make_node("Hidden", [FACE], ["bomb"], domain="evil")])
    model.opset_import.append(helper.make_opsetid("evil", 1))
    node.output[0] = "out"
    opsets = [helper.make_opsetid("", 17)]
    model.functions.append(helper.make_function("evil", "Hidden", [FACE], ["out"], [node], opsets))
    return model


YES = np.array(True)
LOOPS: dict[str, Callable[[], Any]] = {
    "a loop": lambda: graph([loop()]),
    "a loop in a branch": lambda: graph([in_a_branch(loop(name="inside"))], yes=YES),
    "a loop in a branch of a branch": lambda: graph(
        [in_a_branch(make_node("If", ["yes"], ["i"], then_branch=inner(loop(name="o0")), else_branch=inner()))], yes=YES
    ),
    "a loop in a function": lambda: in_a_function(loop()),
    "a scan": lambda: graph([make_node("Scan", [FACE], ["bomb"], body=inner(), num_scan_inputs=1)]),
    "a map": lambda: graph([make_node("SequenceMap", [FACE], ["bomb"], body=inner())]),
}


@pytest.mark.parametrize("name", LOOPS)
def test_graphs_that_may_have_no_end_are_refused(name: str, tmp_path: Path) -> None:
    onnx.save(LOOPS[name](), str(tmp_path / "bob.dfm"))
    with pytest.raises(CheckpointError, match=r"bob\.dfm: it goes round in a loop \((Loop|Scan|SequenceMap)\)"):
        read_graph(tmp_path / "bob.dfm")


def elsewhere(**entries: str) -> Any:
    tensor = TensorProto(name="far", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


def with_sparse_weights() -> Any:
    model = graph([make_node("Identity", [FACE], ["bomb"])])
    indices = numpy_helper.from_array(np.zeros((1, 1), np.int64))
    sparse = onnx.SparseTensorProto(values=elsewhere(location="/etc/hostname"), indices=indices, dims=[1])
    model.graph.sparse_initializer.append(sparse)
    return model


def with_weights(tensor: Any) -> Any:
    model = graph([make_node("Identity", [tensor.name], ["bomb"])])
    model.graph.initializer.append(tensor)
    return model


def constant(tensor: Any) -> Any:
    return make_node("Constant", [], ["bomb"], value=tensor)


OTHER_FILES: dict[str, Callable[[], Any]] = {
    "weights at a path": lambda: with_weights(elsewhere(location="/etc/hostname")),
    "weights above": lambda: with_weights(elsewhere(location="../../../etc/hostname")),
    "weights beside it": lambda: with_weights(elsewhere(location="bob.dfm.data", offset="0", length="4")),
    "weights in memory": lambda: with_weights(elsewhere(location="*/_ORT_MEM_ADDR_/*", offset="0", length="4")),
    "weights nowhere": lambda: with_weights(elsewhere()),
    "sparse weights": with_sparse_weights,
    "a constant": lambda: graph([constant(elsewhere(location="/dev/zero"))]),
    "a constant in a branch": lambda: graph([in_a_branch(constant(elsewhere(location="a")))], yes=YES),
    "a constant in a function": lambda: in_a_function(constant(elsewhere(location="a"))),
    "a context": lambda: graph(
        [make_node("EPContext", [FACE], ["bomb"], domain="com.microsoft", ep_cache_context="../a.bin", embed_mode=0)]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_FILES)
def test_graphs_that_read_other_files_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "bob.dfm.data").write_bytes(bytes(4))
    onnx.save(OTHER_FILES[name](), str(tmp_path / "bob.dfm"))
    with pytest.raises(CheckpointError, match=r"bob\.dfm: it reads other files"):
        read_graph(tmp_path / "bob.dfm")


def shape(*sides: int) -> np.ndarray:
    return np.array(sides, np.int64)


MILLIARD = 10**9
MEMORY: dict[str, Callable[[], Any]] = {
    "a constant of terabytes": lambda: graph(
        [make_node("ConstantOfShape", ["shape"], ["bomb"])], shape=shape(1000, MILLIARD)
    ),
    "a constant of forty gigabytes": lambda: graph(
        [make_node("ConstantOfShape", ["shape"], ["bomb"])], shape=shape(10, MILLIARD)
    ),
    "a constant of its own": lambda: graph([constant(TensorProto(name="x", data_type=1, dims=[MILLIARD]))]),
    "weights without numbers": lambda: with_weights(
        TensorProto(name="x", data_type=1, dims=[100_000, 100_000], raw_data=b"1234")
    ),
    "weights with a negative side": lambda: with_weights(TensorProto(name="x", data_type=1, dims=[-5, 2**62])),
    "one number, written out": lambda: graph(
        [make_node("Expand", ["one", "shape"], ["bomb"])], one=np.ones(1, np.float32), shape=shape(10, MILLIARD)
    ),
    "a face of many tiles": lambda: graph(
        [make_node("Tile", [FACE, "times"], ["bomb"])], times=shape(1, 10_000, 1000, 1)
    ),
    "a face of a million pixels' side": lambda: graph(
        [make_node("Resize", [FACE, "", "scales"], ["bomb"], mode="nearest")],
        scales=np.array([1, 30_000, 30_000, 1], np.float32),
    ),
    "a wide border": lambda: graph(
        [make_node("Pad", [FACE, "pads"], ["bomb"])], pads=shape(0, 10**6, 10**6, 0, 0, 10**6, 10**6, 0)
    ),
    "all numbers": lambda: graph(
        [make_node("Range", ["from", "to", "step"], ["bomb"])],
        **{"from": np.zeros((), np.float32), "to": np.float32(4e10).reshape(()), "step": np.ones((), np.float32)},
    ),
    "chance": lambda: graph([make_node("RandomNormal", [], ["bomb"], shape=[10, MILLIARD])]),
    "one hot": lambda: graph(
        [make_node("OneHot", ["which", "deep", "values"], ["bomb"])],
        **{"which": shape(1, 2, 3, 4), "deep": shape(5 * MILLIARD), "values": np.array([0, 1], np.float32)},
    ),
}  # fmt: skip


def draw(model: Any, path: Path) -> OnnxGraph:
    onnx.save(model, str(path))
    return OnnxGraph(read_graph(path).content, name=str(path))


@pytest.mark.parametrize("name", MEMORY)
def test_graphs_that_ask_for_more_memory_than_there_is_are_refused(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said = r"it asks for more memory than the 4 GiB|onnxruntime (cannot run it|failed): |damaged or not an ONNX file"
    with pytest.raises(CheckpointError, match=said):
        draw(MEMORY[name](), tmp_path / "bob.dfm")
    assert capfd.readouterr() == ("", "")  # the runtime says nothing by itself


def test_a_graph_without_a_bomb_draws(tmp_path: Path) -> None:
    drawn = draw(graph([make_node("Identity", [FACE], ["bomb"])]), tmp_path / "bob.dfm")
    faces = np.random.default_rng(0).random((2, 3, SIDE, SIDE), np.float32)
    np.testing.assert_allclose(drawn.draw(faces).image_B3SS, faces, atol=1e-6)


@pytest.fixture(scope="module")
def bob(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faces") / "bob"
    drawn_faceset(folder, "bob", 1, identity_seed=1)
    return folder


@pytest.fixture
def converts(tmp_path: Path, bob: Path) -> Callable[[Any], list[str]]:
    """``converts(model)``: the command that draws with a graph, whose file is written first."""

    def make(model: Any) -> list[str]:
        onnx.save(model, str(tmp_path / "bob.dfm"))
        write_image(tmp_path / "footage.png", picture(0))
        words = [f"checkpoint={tmp_path / 'bob.dfm'}", f"footage={tmp_path / 'footage.png'}", "identity=bob"]
        return ["convert", *words, f"facesets.bob={bob}", f"output={tmp_path / 'out.png'}", "device=cpu"]

    return make


def test_the_command_says_it_in_a_line(
    converts: Callable[[Any], list[str]], refused: Callable[..., str], tmp_path: Path
) -> None:
    said = refused(converts(MEMORY["a constant of forty gigabytes"]()), most_mb=500)
    assert said == (
        f"checkpoint {tmp_path / 'bob.dfm'}: it asks for more memory than the 4 GiB and four times its file that a "
        "graph gets; it is not run"
    )


@pytest.mark.slow
def test_a_graph_gets_four_gigabytes_and_no_more(
    converts: Callable[[Any], list[str]], refused: Callable[..., str]
) -> None:
    nodes = [make_node("Concat", [f"x{n}"] * 2, [f"x{n + 1}"], axis=0) for n in range(40)]
    model = graph([*nodes, make_node("Identity", ["x40"], ["bomb"])], x0=np.ones(2, np.float32))
    assert "it asks for more memory" in refused(converts(model), most_mb=4500)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    # By hand: what protobuf would not read, it does not write either.
    def field(number: int, content: bytes) -> bytes:
        size, varint = len(content), b""
        while size > 127:
            size, varint = size >> 7, varint + bytes([size & 127 | 128])
        return bytes([number << 3 | 2]) + varint + bytes([size]) + content

    nested = b""
    for _ in range(5000):
        nested = field(1, field(5, field(6, nested)))  # node of a graph, attribute of a node, graph of an attribute
    model = graph([make_node("Identity", [FACE], ["bomb"])])
    (tmp_path / "bob.dfm").write_bytes(model.SerializeToString() + field(7, nested))
    with pytest.raises(CheckpointError, match="damaged or not an ONNX file"):
        read_graph(tmp_path / "bob.dfm")


@pytest.mark.parametrize(
    "node",
    [
        make_node("Evil", [FACE], ["bomb"], domain="evil"),
        make_node("PyOp", [FACE], ["bomb"], domain="ai.onnx.contrib"),
        make_node("ATen", [FACE], ["bomb"], domain="org.pytorch.aten", operator="aten::load"),
        make_node("Nothing", [FACE], ["bomb"]),
        make_node("Identity", ["bomb"], ["bomb"]),
        make_node("Identity", ["nowhere"], ["bomb"]),
    ],
    ids=["foreign", "python", "torch", "unknown", "circle", "input"],
)
def test_what_the_runtime_does_not_know_is_refused(node: Any, tmp_path: Path) -> None:
    model = graph([node])
    if node.domain:
        model.opset_import.append(helper.make_opsetid(node.domain, 1))
    with pytest.raises(CheckpointError, match="onnxruntime cannot run it"):
        draw(model, tmp_path / "bob.dfm")
