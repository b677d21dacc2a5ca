"""What lies beside an exported file: its card with its hash, signed, and how near it draws to the network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypedDict

from faceswap_lab.core.checkpoint import CARD_KEY

SCHEMA = 1
EXPORT_KEY = f"{CARD_KEY}_export"
"""Under which a file's own header holds its `Exported`, beside its card under `CARD_KEY`."""


class Exported(TypedDict):
    """What an exported file is.

    Attributes:
        format: ``dfm``, ``onnx`` or ``safetensors``.
        identity: Whom it draws; None where it holds the whole network.
        footage_identity: Whose mask the footage's mask is.
        fp16: Whether its weights are float16.
        opset: Of its graph; None for weights alone.
        has_masks: Whether the network draws masks; otherwise the graph's masks are ones.
        strength: How far a swap goes where nothing is said; None where the graph takes no strength.
    """

    format: str
    identity: str | None
    footage_identity: str | None
    fp16: bool
    opset: int | None
    has_masks: bool
    strength: float | None


def sidecar_path(output: str | os.PathLike[str]) -> Path:
    """``<output>.json``."""
    return Path(f"{os.fspath(output)}.json")


def parity_path(output: str | os.PathLike[str]) -> Path:
    """``<output>.parity.json``."""
    return Path(f"{os.fspath(output)}.parity.json")
