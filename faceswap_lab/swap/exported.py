"""Opening a .dfm or .onnx file: ours by the card in it, anybody else's by its graph and the face sets given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from faceswap_lab.core.checkpoint import CARD_KEY, SCHEMA, Card, IdentityCard, check_card
from faceswap_lab.core.errors import CheckpointError, ConfigError, ConsentError
from faceswap_lab.core.files import sha256_of
from faceswap_lab.core.foreign_files import parse_json, read_json
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.swap.drawer import SwappedFaces
from faceswap_lab.swap.export.sidecar import EXPORT_KEY, Exported, sidecar_path
from faceswap_lab.swap.onnx_file import GraphFile, read_graph
from faceswap_lab.swap.onnx_graph import OnnxGraph

FOREIGN_CROP = "whole"
"""How other programs cut the faces for .dfm files, as nearly as we cut them."""


class OnnxDrawer:
    """Draws one identity by a graph.

    Args:
        graph: The graph.
        drawn: Whom it draws.
        identities: Whom its card names, the drawn one among them.
        has_masks: Whether its masks are drawn, not just ones.
        strength: How far a swap goes where nothing is said.
        device: On which it runs.
    """

    def __init__(
        self, graph: OnnxGraph, *, drawn: str, identities: list[str], has_masks: bool, strength: float, device: str
    ) -> None:
        self._graph, self._drawn, self._has_masks, self._strength = graph, drawn, has_masks, strength
        self.identities = identities
        self.device: torch.device | str = device
        self.input_size, self.output_size = graph.input_size, graph.output_size

    def draw(self, faces_BSS3: NDArray[np.uint8], identity: str) -> SwappedFaces:
        """See `drawer.Drawer.draw`."""
        if identity != self._drawn:
            raise ConfigError(f"identity={identity}: {self.refusal(identity)}")
        faces_B3SS = faces_BSS3.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
        drawn = self._graph.draw(faces_B3SS, self._strength)
        images = np.ascontiguousarray(drawn.image_B3SS.transpose(0, 2, 3, 1))
        return SwappedFaces(images, np.ascontiguousarray(drawn.mask_B1SS[:, 0]) if self._has_masks else None)

    def can_draw(self, identity: str) -> bool:
        """See `drawer.Drawer.can_draw`."""
        return identity == self._drawn

    def refusal(self, identity: str) -> str | None:
        """See `drawer.Drawer.refusal`."""
        return None if identity == self._drawn else f"the file draws {self._drawn} only"

    def set_strength(self, strength: float) -> None:
        """See `drawer.Drawer.set_strength`."""
        if not self._graph.morphs:
            raise ConfigError(f"strength={strength}: this file swaps wholly or not at all; leave strength out")
        if not 0 <= strength <= 1:
            raise ConfigError(f"strength={strength} must lie from 0 (the footage's person) to 1 (the drawn one)")
        self._strength = strength


def open_exported(
    path: str | os.PathLike[str], *, device: str, facesets: Mapping[str, str | os.PathLike[str]]
) -> tuple[OnnxDrawer, Card]:
    """Opens a file; one without card draws the person that it is named after.

    Args:
        path: A ``.dfm`` or ``.onnx`` file.
        device: ``auto``, ``cpu`` or ``cuda``.
        facesets: Face sets by name.

    Returns:
        What draws, and the file's card, or one made up for a file without.

    Raises:
        CheckpointError: The file cannot be read or run, its card is damaged, or its sidecar describes another.
        ConfigError: onnx or onnxruntime are not installed, or there is no such device.
        ConsentError: The file has no card, and no face set says on which ground its person may be drawn.
        FacesetError: A face set cannot be used.
    """
    file = Path(path)
    stored = read_graph(file)
    if CARD_KEY in stored.metadata:
        card, exported = _own(file, stored.metadata)
        drawn, has_masks, strength = cast(str, exported["identity"]), exported["has_masks"], exported["strength"]
        graph = OnnxGraph(stored.content, name=str(file), device=device)
    else:
        drawn, has_masks, strength = file.stem, True, None
        sets = {name: Faceset.open(Path(folder)) for name, folder in facesets.items()}
        if drawn not in sets:
            raise ConsentError(
                f"checkpoint {file}: it holds no card, so nothing says on which ground {drawn}, whom by its name it "
                f"draws, may be put into footage; give facesets.{drawn}=FOLDER, a face set of that person"
            )
        graph = OnnxGraph(stored.content, name=str(file), device=device)
        card = _made_up(stored, graph, {drawn: sets.pop(drawn), **sets})
    drawer = OnnxDrawer(
        graph,
        drawn=drawn,
        identities=list(card["identities"]),
        has_masks=has_masks,
        strength=1.0 if strength is None else strength,
        device=graph.providers[0],
    )
    return drawer, card


def _own(file: Path, metadata: Mapping[str, str]) -> tuple[Card, Exported]:
    sidecar = sidecar_path(file)
    try:
        card, exported = parse_json(metadata[CARD_KEY]), parse_json(metadata[EXPORT_KEY])
        check_card(card)
        if exported["identity"] not in card["identities"] or not isinstance(exported["has_masks"], bool):
            raise ValueError("it does not say whom it draws")
        exported["strength"] = None if exported["strength"] is None else float(exported["strength"])
        described = read_json(sidecar)["sha256"] if sidecar.is_file() else None
    except (CheckpointError, OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"checkpoint {file}: its card is damaged ({error}); export it again") from error
    if described is not None and described != sha256_of(file):
        raise CheckpointError(f"checkpoint {file}: it is not the file that {sidecar.name} describes; export it again")
    return card, exported


def _made_up(stored: GraphFile, graph: OnnxGraph, sets: Mapping[str, Faceset]) -> Card:
    """What can be said of a file that says nothing; its training is unknown."""
    unknown: dict[str, Any] = {"model": {}, "finder": {}, "choices": {}, "config": {}, "metrics": {}, "versions": {}}
    return Card(
        **unknown,
        schema=SCHEMA,
        identities={
            name: IdentityCard(
                consent=faceset.identity.consent.to_dict(),
                licence=faceset.identity.licence,
                num_faces=0,
                faceset=str(faceset.path),
                faceset_hash=faceset.content_hash(),
            )
            for name, faceset in sets.items()
        },
        crop={"kind": FOREIGN_CROP, "size": graph.input_size},
        output_size=graph.output_size,
        seed=0,
        steps=0,
        train_seconds=0.0,
        samples_per_s=0.0,
        parameters=stored.num_parameters,
        commit=None,
    )
