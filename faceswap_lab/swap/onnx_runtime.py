"""The way to onnx and onnxruntime, which are an extra: loaded when needed, or one line that says what to do."""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from faceswap_lab.core.errors import CheckpointError, ConfigError
from faceswap_lab.core.memory_limit import limited_memory

_SPARE_BYTES = 4 * 2**30  # for a batch of faces on its way through the largest networks


def import_onnx() -> Any:
    """The module ``onnx``. Raises as ``import_runtime``."""
    return _load("onnx")


def import_runtime() -> Any:
    """The module ``onnxruntime``.

    Raises:
        ConfigError: It is not installed.
    """
    return _load("onnxruntime")


def open_session(graph: bytes, *, device: str = "cpu", name: str) -> Any:
    """An ``InferenceSession``.

    Args:
        graph: Bytes of an ONNX file that reads no others; see ``onnx_file.read_graph``.
        device: ``auto`` (CUDA where onnxruntime has it), ``cpu`` or ``cuda``.
        name: The file's, for the message.

    Raises:
        CheckpointError: The runtime cannot run it.
        ConfigError: onnxruntime is not installed, or has no such device.
    """
    runtime = import_runtime()
    options = runtime.SessionOptions()
    options.log_severity_level = 3  # else it comments on every cast that it adds
    providers = _providers(device, runtime.get_available_providers())
    try:
        with bounded(providers, num_bytes=len(graph)):
            return runtime.InferenceSession(graph, options, providers=providers)
    except Exception as error:  # its errors share no base of their own
        said = str(error).splitlines()[0][:300]
        raise CheckpointError(f"checkpoint {name}: onnxruntime cannot run it: {said}") from error


def bounded(providers: list[str], *, num_bytes: int) -> AbstractContextManager[None]:
    """Within the block a graph may take memory by its size, where it runs on the CPU.

    Args:
        providers: What it runs by.
        num_bytes: Of its file.
    """
    if len(providers) > 1:  # CUDA reserves addresses by the terabyte
        return nullcontext()
    return limited_memory(_SPARE_BYTES + 4 * num_bytes)


def _providers(device: str, available: list[str]) -> list[str]:
    if device not in ("auto", "cpu", "cuda"):
        raise ConfigError(f"device={device} is unknown to onnxruntime; use auto, cpu or cuda")
    has_cuda = "CUDAExecutionProvider" in available
    if device == "cuda" and not has_cuda:
        raise ConfigError("device=cuda: onnxruntime has no CUDA here; install onnxruntime-gpu, or use device=cpu")
    return [*(["CUDAExecutionProvider"] if has_cuda and device != "cpu" else []), "CPUExecutionProvider"]


def _load(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            f"{name} is not installed, which .dfm and .onnx files need; run `pip install 'faceswap-lab[export]'`"
        ) from error
