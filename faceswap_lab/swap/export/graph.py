"""From a network to an ONNX graph of a given opset, checked, with its shapes and its card in it."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any, cast

import torch

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.export.contract import Contract, Graph
from faceswap_lab.swap.onnx_runtime import import_onnx

if TYPE_CHECKING:
    from onnx import ModelProto

_MOST_BYTES = 2**31 - 2**20
"""A protocol buffer holds no more than 2 GiB, and weights beside the file are nothing that other programs find."""


def to_onnx(
    graph: Graph, contract: Contract, *, input_size: int, output_size: int, morphs: bool, opset: int
) -> ModelProto:
    """Returns the graph in float32, with any number of faces a batch.

    Args:
        graph: In evaluation mode, on the CPU.
        contract: Its names.
        input_size: Side of the faces that it takes, px.
        output_size: Side of what it draws, px.
        morphs: Whether it takes a strength as well.
        opset: Version of ONNX's operators.

    Raises:
        ConfigError: The network uses what this opset lacks, or is too large for one file.
    """
    onnx = import_onnx()
    size = sum(value.numel() * value.element_size() for value in graph.state_dict().values())
    if size > _MOST_BYTES:
        raise ConfigError(
            f"the network has {size / 2**30:.1f} GiB of weights and a file holds 2; use format=safetensors"
        )
    side = (1, input_size, input_size, 3) if contract.is_nhwc_bgr else (1, 3, input_size, input_size)
    example = (torch.zeros(side), torch.ones(1)) if morphs else (torch.zeros(side),)
    names = [contract.faces, contract.strength][: len(example)]
    buffer = io.BytesIO()
    try:
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # that shapes are traced as constants, as is wanted, and of a newer exporter
            # The newer exporter begins at opset 18, too new for the programs that read .dfm files.
            torch.onnx.export(
                graph,
                example,
                cast(Any, buffer),  # a stream is as good as a path, though not in its types
                dynamo=False,
                opset_version=opset,
                input_names=names,
                output_names=contract.outputs,
                dynamic_axes={name: {0: "batch"} for name in (contract.faces, *contract.outputs)},
            )
    except (torch.onnx.errors.OnnxExporterError, ValueError, RuntimeError) as error:
        raise ConfigError(
            f"opset={opset} cannot express this network ({str(error).splitlines()[0]}); try another"
        ) from error
    model = onnx.load_from_string(buffer.getvalue())
    for output in model.graph.output:
        channels = 3 if output.name == contract.image else 1
        shape = (output_size, output_size, channels) if contract.is_nhwc_bgr else (channels, output_size, output_size)
        _set_shape(output, shape)
    return model


def _set_shape(value: Any, shape: tuple[int, int, int]) -> None:
    # The exporter loses sight of some sides, and programs read them from the file.
    for dimension, side in zip(value.type.tensor_type.shape.dim[1:], shape, strict=True):
        dimension.Clear()
        dimension.dim_value = side


def finished(model: ModelProto, *, description: str, metadata: dict[str, str]) -> bytes:
    """Names the maker, adds the metadata, checks the whole and returns the file's bytes."""
    import faceswap_lab

    onnx = import_onnx()
    model.producer_name, model.producer_version = "faceswap-lab", faceswap_lab.__version__
    model.doc_string = description
    onnx.helper.set_model_props(model, metadata)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()
