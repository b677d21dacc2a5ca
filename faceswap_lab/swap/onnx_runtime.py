"""The way to onnx and onnxruntime, which are an extra: loaded when needed, or one line that says what to do."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from faceswap_lab.core.errors import CheckpointError, ConfigError
from faceswap_lab.core.memory_limit import limited_memory

_SILENT = 4  # but for what ends the process: else it comments on every cast that it adds, and on its own errors
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
    options.log_severity_level = _SILENT
    providers = _providers(device, runtime.get_available_providers())
    try:
        with bounded(providers, num_bytes=len(graph)):
            return runtime.InferenceSession(graph, options, providers=providers)
    except Exception as error:  # its errors share no base of their own
        raise explain_runtime_error(error, name, verb="cannot run it") from error


def run_session(session: Any, wanted: Sequence[str], feed: Mapping[str, Any], *, num_bytes: int, name: str) -> Any:
    """What a session gives for its inputs, within the memory that a graph may take.

    Args:
        session: As ``open_session`` gives it.
        wanted: Names of outputs.
        feed: Inputs by name.
        num_bytes: Of the graph's file.
        name: The file's, for the message.

    Raises:
        CheckpointError: The runtime fails.
    """
    options = import_runtime().RunOptions()
    options.log_severity_level = _SILENT
    try:
        with bounded(session.get_providers(), num_bytes=num_bytes):
            return session.run(wanted, feed, options)
    except Exception as error:  # its errors share no base of their own
        raise explain_runtime_error(error, name, verb="failed") from error


def explain_runtime_error(error: Exception, name: str, *, verb: str) -> CheckpointError:
    """Returns the error to raise where the runtime fails, in the words that matter of its own."""
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, MemoryError) or any(word in said for word in ("Failed to allocate memory", "bad allocation")):
        return CheckpointError(
            f"checkpoint {name}: it asks for more memory than the {_SPARE_BYTES / 2**30:g} GiB and four times its file "
            "that a graph gets; it is not run"
        )
    said = said.rpartition("Status Message: ")[2]
    return CheckpointError(f"checkpoint {name}: onnxruntime {verb}: {said[:300]}")


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
