"""Reading an ONNX file of anybody's: its bytes and its remarks, and a refusal where it would read other files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from faceswap_lab.core.errors import CheckpointError
from faceswap_lab.core.foreign_files import read_bytes
from faceswap_lab.swap.onnx_runtime import import_onnx

ONNX_SUFFIXES = (".dfm", ".onnx")
_MOST_BYTES = 2**31  # of which protobuf reads no more


class GraphFile(NamedTuple):
    """An ONNX file that needs no other.

    Attributes:
        content: Its bytes.
        metadata: Its remarks, by key.
        num_parameters: Numbers in its weights.
    """

    content: bytes
    metadata: dict[str, str]
    num_parameters: int


def read_graph(path: str | os.PathLike[str]) -> GraphFile:
    """Reads a file whole; nothing is looked for beside it.

    Raises:
        CheckpointError: It is missing, no ONNX file, or names other files to read.
        ConfigError: onnx is not installed.
    """
    file, onnx = Path(path), import_onnx()
    try:
        content = read_bytes(file, at_most=_MOST_BYTES)
    except FileNotFoundError as error:
        raise CheckpointError(f"checkpoint {file}: no such file; `export` writes one") from error
    except OSError as error:
        raise CheckpointError(f"checkpoint {file}: cannot be read ({error.strerror}); check the path") from error
    try:
        model = onnx.load_from_string(content)
    except Exception as error:  # of protobuf, which says nothing a user could use
        raise CheckpointError(f"checkpoint {file}: damaged or not an ONNX file; copy or export it again") from error
    if not model.graph.node or not model.opset_import:
        raise CheckpointError(f"checkpoint {file}: damaged or not an ONNX file; copy or export it again")
    for message in _messages(model):
        _refuse_other_files(message, file)
        _refuse_loops(message, file)
    parameters = sum(_count(tensor.dims) for tensor in model.graph.initializer)
    return GraphFile(content, {entry.key: entry.value for entry in model.metadata_props}, parameters)


def _refuse_other_files(message: Any, file: Path) -> None:
    """Tensors may lie in any file that a path names, and a context of an accelerator too."""
    kind = message.DESCRIPTOR.name
    is_apart = kind == "TensorProto" and (message.data_location == message.EXTERNAL or len(message.external_data) > 0)
    if is_apart or (kind == "NodeProto" and message.op_type == "EPContext"):
        raise CheckpointError(
            f"checkpoint {file}: it reads other files ({message.name or kind}), which is not allowed; "
            "save it as one file"
        )


def _refuse_loops(message: Any, file: Path) -> None:
    """Faces are drawn in one pass; how often a loop goes round, nobody can tell."""
    if message.DESCRIPTOR.name == "NodeProto" and message.op_type in ("Loop", "Scan", "SequenceMap"):
        raise CheckpointError(f"checkpoint {file}: it goes round in a loop ({message.op_type}), which may have no end")


def _messages(message: Any) -> Iterator[Any]:
    """A message and every one in it, wherever the format allows tensors and nodes."""
    yield message
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for item in value if _is_list(value) else (value,):
            yield from _messages(item)


def _is_list(value: Any) -> bool:
    return not hasattr(value, "DESCRIPTOR")


def _count(dims: Iterable[int]) -> int:
    product = 1
    for side in dims:
        product *= side
    return product
