"""An ONNX graph whose weights and arithmetic are float16, but for its ends, where rounding would be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from faceswap_lab.swap.onnx_runtime import import_onnx

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto


def to_half(model: ModelProto) -> ModelProto:
    """Converts a graph without branches and loops in place and returns it: about half the size and memory.

    What lies before the first convolutions and behind the last ones stays float32, these convolutions included: a
    mask's edge is steep, and a place in a texture needs more digits than float16 has. Inputs and outputs are float32
    too. What is too large for float16 becomes infinite; the parity that every export measures tells.
    """
    graph = model.graph
    _hoist_constants(graph)
    _Halver(graph, floats=_float_names(model)).convert()
    del graph.value_info[:]
    return model


def _hoist_constants(graph: GraphProto) -> None:
    """Makes constants weights, of which there may be one of each precision."""
    constants = [node for node in graph.node if node.op_type == "Constant" and node.attribute[0].name == "value"]
    for node in constants:
        tensor = node.attribute[0].t
        tensor.name = node.output[0]
        graph.initializer.append(tensor)
        graph.node.remove(node)


def _float_names(model: ModelProto) -> set[str]:
    onnx = import_onnx()
    graph = onnx.shape_inference.infer_shapes(model).graph
    values = [*graph.input, *graph.value_info, *graph.output]
    names = {value.name for value in values if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT}
    return names | {tensor.name for tensor in graph.initializer if tensor.data_type == onnx.TensorProto.FLOAT}


class _Halver:
    """Walks through a graph once, and puts a cast wherever float32 meets float16."""

    def __init__(self, graph: GraphProto, *, floats: set[str]) -> None:
        self._graph, self._floats = graph, floats
        self._weights = {tensor.name: tensor for tensor in graph.initializer}
        self._halves: dict[str, TensorProto] = {}
        self._nodes: list[NodeProto] = []
        single = _starts(graph) | _ends(graph)
        self._is_single = [any(name in single for name in node.output) for node in graph.node]
        self._single = single | {value.name for value in graph.input}
        self._cast: dict[str, str] = {}

    def convert(self) -> None:
        """Rewrites nodes and weights."""
        graph = self._graph
        for node, is_single in zip(graph.node, self._is_single, strict=True):
            for index, name in enumerate(node.input):
                if name in self._floats and not _is_scale(node, index):
                    node.input[index] = self._source(name, is_single=is_single)
            if not is_single:
                _halve_attributes(node)
            self._nodes.append(node)
        del graph.node[:]
        graph.node.extend(self._nodes)
        used = {name for node in graph.node for name in node.input}
        weights = [*(tensor for name, tensor in self._weights.items() if name in used), *self._halves.values()]
        del graph.initializer[:]
        graph.initializer.extend(weights)

    def _source(self, name: str, *, is_single: bool) -> str:
        """What a node reads in place of a float32 value."""
        types, helper = import_onnx().TensorProto, import_onnx().helper
        if name in self._weights:
            if is_single:
                return name
            half = f"{name}_half"
            if half not in self._halves:
                self._halves[half] = _half(self._weights[name], half)
            return half
        if (name in self._single) == is_single:
            return name
        if name not in self._cast:
            self._cast[name] = f"{name}_{'single' if is_single else 'half'}"
            kind = types.FLOAT if is_single else types.FLOAT16
            self._nodes.append(helper.make_node("Cast", [name], [self._cast[name]], to=kind))
        return self._cast[name]


def _starts(graph: GraphProto) -> set[str]:
    """What is computed from the faces up to the first convolution of each path, by name."""
    starts = {value.name for value in graph.input if len(value.type.tensor_type.shape.dim) == 4}  # not a strength
    for node in graph.node:  # in order
        if any(name in starts for name in node.input):
            starts.update(node.output if node.op_type != "Conv" else ())
    firsts = {name for node in graph.node if node.op_type == "Conv" and node.input[0] in starts for name in node.output}
    return starts | firsts


def _ends(graph: GraphProto) -> set[str]:
    """What is computed from the last convolution of each path on, by name."""
    makers = {name: node for node in graph.node for name in node.output}
    ends: set[str] = set()
    open_names = [value.name for value in graph.output]
    while open_names:
        name = open_names.pop()
        if name in makers and name not in ends:
            ends.update(makers[name].output)
            open_names += [] if makers[name].op_type == "Conv" else makers[name].input
    return ends


def _is_scale(node: NodeProto, index: int) -> bool:
    """Whether an input stays float32 in any case: Resize takes its scales so."""
    return node.op_type == "Resize" and index > 0


def _halve_attributes(node: NodeProto) -> None:
    types = import_onnx().TensorProto
    for attribute in node.attribute:
        assert not attribute.HasField("g"), "our networks have no branches"
        if attribute.HasField("t") and attribute.t.data_type == types.FLOAT:
            attribute.t.CopyFrom(_half(attribute.t, attribute.t.name))
        if node.op_type == "Cast" and attribute.name == "to" and attribute.i == types.FLOAT:
            attribute.i = types.FLOAT16


def _half(tensor: TensorProto, name: str) -> TensorProto:
    numpy_helper = import_onnx().numpy_helper
    with np.errstate(over="ignore"):
        return numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), name)
