"""Checkpoints that are whole whenever the process dies: written beside their place, then moved into it."""

import os
from typing import Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO

from faceswap_lab.core.files import atomic_path


class AtomicCheckpointIO(TorchCheckpointIO):
    """Lightning's own format, on the disk before the old file goes.

    Lightning writes through a temporary folder and moves the file from there, which is a copy, not a rename, where the
    two lie on different disks; a kill in between leaves half a file.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Writes the checkpoint; raises OutputError where the disk is full."""
        with atomic_path(os.fspath(path)) as temporary, temporary.open("wb") as stream:
            torch.save(checkpoint, stream)
            stream.flush()
            os.fsync(stream.fileno())
