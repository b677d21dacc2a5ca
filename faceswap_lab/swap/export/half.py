"""An ONNX graph whose weights and arithmetic are float16, with inputs and outputs left in float32."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from faceswap_lab.swap.onnx_runtime import import_onnx

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, TensorProto

_SUFFIX = "_half"


def to_half(model: ModelProto) -> ModelProto:
    """Converts a graph without branches and loops in place and returns it: half the size, half the memory.

    What is too large for float16 becomes infinite; the parity that every export measures tells.
    """
    onnx = import_onnx()
    graph, types = model.graph, onnx.TensorProto
    # Resize takes its scales in float32 whatever it enlarges.
    kept = {name for node in graph.node if node.op_type == "Resize" for name in node.input[1:]}
    for tensor in graph.initializer:
        if tensor.name not in kept:
            _convert(tensor)
    for node in graph.node:
        for attribute in node.attribute:
            assert not attribute.HasField("g"), "our networks have no branches"
            if attribute.HasField("t") and not kept & set(node.output):
                _convert(attribute.t)
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == types.FLOAT:
                attribute.i = types.FLOAT16
    del graph.value_info[:]
    _cast_ends(graph)
    return model


def _convert(tensor: TensorProto) -> None:
    numpy_helper, types = import_onnx().numpy_helper, import_onnx().TensorProto
    if tensor.data_type != types.FLOAT:
        return
    with np.errstate(over="ignore"):
        values = numpy_helper.to_array(tensor).astype(np.float16)
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))


def _cast_ends(graph: GraphProto) -> None:
    """Between the float32 outside and the float16 inside."""
    helper, types = import_onnx().helper, import_onnx().TensorProto
    inputs = [value.name for value in graph.input if value.type.tensor_type.elem_type == types.FLOAT]
    outputs = [value.name for value in graph.output if value.type.tensor_type.elem_type == types.FLOAT]
    inside = {name: f"{name}{_SUFFIX}" for name in (*inputs, *outputs)}
    for node in graph.node:
        node.input[:] = [inside.get(name, name) for name in node.input]
        node.output[:] = [inside.get(name, name) for name in node.output]
    first = [helper.make_node("Cast", [name], [inside[name]], to=types.FLOAT16) for name in inputs]
    last = [helper.make_node("Cast", [inside[name]], [name], to=types.FLOAT) for name in outputs]
    nodes = [*first, *graph.node, *last]
    del graph.node[:]
    graph.node.extend(nodes)
