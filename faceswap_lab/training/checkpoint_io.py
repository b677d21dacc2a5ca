"""Checkpoints that are whole whenever the process dies: written beside their place, then moved into it."""

import logging
import os
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO

from faceswap_lab.core.checkpoint import CARD_KEY, read_checkpoint
from faceswap_lab.core.errors import CheckpointError, DamagedCheckpointError
from faceswap_lab.core.files import atomic_path

logger = logging.getLogger(__name__)


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


def intact(checkpoint: str | os.PathLike[str]) -> Path:
    """The checkpoint itself, or, where it is damaged, the ``previous.ckpt`` beside it, with a warning.

    Raises:
        CheckpointError: The file is missing, or damaged with no whole one beside it.
    """
    path = Path(checkpoint)
    try:
        read_checkpoint(path)
        return path
    except DamagedCheckpointError as error:
        previous = path.with_name("previous.ckpt")
        try:
            card = read_checkpoint(previous)[CARD_KEY]
        except CheckpointError:
            raise error from None
        logger.warning("%s: going on from %s, step %d", error, previous.name, card["steps"])
        return previous
