"""A trained network as convert sees it: crops of anybody in, faces of one identity out.

Shape letters: B batch, S crop side in px.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.checkpoint import CARD_KEY, Card, read_checkpoint, rebuild_network
from faceswap_lab.core.errors import CheckpointError, ConfigError, ShapeError
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.swap.drawer import Drawer, SwappedFaces, TorchDrawer
from faceswap_lab.swap.exported import open_exported
from faceswap_lab.swap.onnx_file import ONNX_SUFFIXES

__all__ = ["SwappedFaces", "Swapper"]


class Swapper:
    """Draws faces of an identity that do what the faces in the given crops do.

    Args:
        network: The trained network, or what draws in its stead.
        card: Its card.
        device: ``auto`` (CUDA where there is one), ``cpu``, ``cuda`` or ``cuda:N``.
        path: The file it was read from, for the manifest; None for a network made in memory.

    Raises:
        CheckpointError: The card and the network disagree.
        ConfigError: There is no such device.
    """

    def __init__(
        self,
        network: SharedAutoencoder | Drawer,
        *,
        card: Card,
        device: str = "auto",
        path: str | os.PathLike[str] | None = None,
    ) -> None:
        self.card = card
        self.path = None if path is None else Path(path)
        self._drawer = TorchDrawer(network, device=device) if isinstance(network, SharedAutoencoder) else network
        self.device = self._drawer.device
        self.identities: list[str] = list(self._drawer.identities)
        if set(self.identities) != set(card["identities"]):
            raise CheckpointError(
                f"the checkpoint's card names {', '.join(card['identities'])}, its network draws "
                f"{', '.join(self.identities)}; use another checkpoint"
            )
        self.crop_spec = _crop_spec(card, self._drawer.input_size)
        self.output_size: int = self._drawer.output_size

    @classmethod
    def from_checkpoint(
        cls,
        path: str | os.PathLike[str],
        *,
        device: str = "auto",
        identity: str | None = None,
        facesets: Mapping[str, str | os.PathLike[str]] | None = None,
    ) -> Swapper:
        """Reads a checkpoint that ``train`` wrote, a file that ``export`` wrote, or anybody's .dfm.

        Args:
            path: A ``.ckpt``, ``.safetensors``, ``.dfm`` or ``.onnx`` file.
            device: See `Swapper`.
            identity: One that the checkpoint must hold.
            facesets: Face sets by name, which say on which ground a file without card may draw somebody.

        Raises:
            CheckpointError: The file is missing, damaged, or cannot be used.
            ConfigError: The identity is not in it, there is no such device, or onnxruntime is not installed.
            ConsentError: Nothing says on which ground a file without card may draw somebody.
        """
        if Path(path).suffix.lower() in ONNX_SUFFIXES:
            drawer, card = open_exported(path, device=device, facesets=facesets or {})
            swapper = cls(drawer, card=card, path=path)
        else:
            checkpoint = read_checkpoint(path)
            network = rebuild_network(checkpoint)
            if not isinstance(network, SharedAutoencoder):
                raise CheckpointError(f"checkpoint {path}: its network is no SharedAutoencoder; it cannot swap faces")
            swapper = cls(network, card=cast(Card, checkpoint[CARD_KEY]), device=device, path=path)
        if identity is not None:
            swapper.check_identity(identity)
        return swapper

    @property
    def network(self) -> SharedAutoencoder | None:
        """The network itself; None where another runtime draws."""
        return self._drawer.network if isinstance(self._drawer, TorchDrawer) else None

    def check_identity(self, identity: str) -> None:
        """Refuses an identity that the network was not trained on.

        Raises:
            ConfigError: Lists the identities that it knows.
        """
        if identity not in self.identities:
            where = "the network" if self.path is None else f"checkpoint {self.path}"
            raise ConfigError(f"identity={identity} is not in {where}; it holds {', '.join(self.identities)}")

    def set_strength(self, strength: float) -> None:
        """How far swaps go from the footage's person to the drawn one, in [0, 1].

        Raises:
            ConfigError: The network cannot go part of the way, or the strength is out of range.
        """
        self._drawer.set_strength(strength)

    def refusal(self, identity: str) -> str | None:
        """Why nobody else's faces can be drawn as this identity, or None where they can."""
        return self._drawer.refusal(identity)

    def can_draw(self, identity: str) -> bool:
        """Whether the identity can be drawn at all, be it from that person's own faces."""
        return self._drawer.can_draw(identity)

    def require_masks(self, identity: str) -> None:
        """Refuses a network that draws no masks.

        Raises:
            CheckpointError: It has no mask head.
        """
        blank = np.zeros((self.crop_spec.size, self.crop_spec.size, 3), np.uint8)
        if self.swap([blank], identity).masks is None:
            raise CheckpointError(
                f"checkpoint {self.path}: its network draws no mask; use mask=hull, or train with a mask head"
            )

    def swap(self, crops: Sequence[NDArray[np.uint8]], identity: str) -> SwappedFaces:
        """Faces of ``identity`` in the pose, expression and light of the crops.

        Args:
            crops: RGB uint8, each (S, S, 3) with the side of ``crop_spec``; at least one.
            identity: Whose face to draw.

        Raises:
            ConfigError: The identity is unknown.
            ShapeError: A crop has another size.
        """
        self.check_identity(identity)
        faces_BSS3 = np.stack(crops)
        size = self.crop_spec.size
        if faces_BSS3.shape[1:] != (size, size, 3):
            raise ShapeError(f"the network takes crops of shape ({size}, {size}, 3), got {faces_BSS3.shape[1:]}")
        return self._drawer.draw(faces_BSS3, identity)


def _crop_spec(card: Card, input_size: int) -> CropSpec:
    kind, size = card["crop"]["kind"], card["crop"]["size"]
    if size != input_size:
        raise CheckpointError(f"the checkpoint's card crops at {size} px, its network takes {input_size} px")
    try:
        return CropSpec(**cast("dict[str, Any]", card["crop"]))
    except (ConfigError, TypeError) as error:
        raise CheckpointError(
            f"the checkpoint's card asks for crop {kind!r}, which this version does not cut ({error}); use a newer one"
        ) from error
