"""The two ways to draw that an export compares: the network itself, and the file that was written.

Shape letters: B batch, S side of a face in px.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from faceswap_lab.core.checkpoint import read_checkpoint, rebuild_network
from faceswap_lab.models.autoencoder import SharedAutoencoder
from faceswap_lab.models.spec import Decoded
from faceswap_lab.swap.export.contract import CONTRACTS
from faceswap_lab.swap.export.parity import Outputs
from faceswap_lab.swap.export.sidecar import Exported
from faceswap_lab.swap.onnx_file import read_graph
from faceswap_lab.swap.onnx_graph import OnnxGraph


def output_names(network: SharedAutoencoder, exported: Exported) -> list[str]:
    """What is compared: a graph's outputs, or the face and the mask of everybody in the weights."""
    if exported["format"] in CONTRACTS:
        return CONTRACTS[exported["format"]].outputs
    parts = ("image", "mask") if exported["has_masks"] else ("image",)
    return [f"{part} of {name}" for name in network.identities for part in parts]


class ByNetwork:
    """Draws by the network that was trained, straight from its parts and apart from `Graph`.

    Args:
        network: In evaluation mode, on the CPU.
        exported: What to draw.
    """

    def __init__(self, network: SharedAutoencoder, exported: Exported) -> None:
        self._network, self._exported = network, exported

    def __call__(self, faces_B3SS: NDArray[np.float32], strength: float | None) -> Outputs:
        """The outputs of ``output_names``, RGB and channels first."""
        network, exported = self._network, self._exported
        if strength is not None:
            network.bottleneck.set_strength(strength)
        with torch.inference_mode():
            faces = torch.from_numpy(faces_B3SS)
            if exported["identity"] is None:
                drawn = [network(faces, name) for name in network.identities]
                return [
                    part.numpy()
                    for of_one in drawn
                    for part in (of_one.image_B3SS, of_one.mask_B1SS)
                    if part is not None
                ]
            face = network(faces, exported["identity"])
            outputs = [face.image_B3SS.numpy(), _mask(face)]
            if CONTRACTS[exported["format"]].footage_mask is not None:
                footage = exported["footage_identity"]
                outputs.insert(0, _mask(face if footage is None else network(faces, footage)))
            return outputs


class ByGraph:
    """Draws by a .dfm or .onnx file.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._graph = OnnxGraph(read_graph(path).content, name=path.name)

    def __call__(self, faces_B3SS: NDArray[np.float32], strength: float | None) -> Outputs:
        """As ``ByNetwork``."""
        drawn = self._graph.draw(faces_B3SS, strength)
        first = [] if drawn.footage_mask_B1SS is None else [drawn.footage_mask_B1SS]
        return [*first, drawn.image_B3SS, drawn.mask_B1SS]


def by_weights(path: Path, exported: Exported) -> ByNetwork:
    """Draws by the network that a .safetensors file is built into again."""
    return ByNetwork(cast(SharedAutoencoder, rebuild_network(read_checkpoint(path))), exported)


def _mask(face: Decoded) -> NDArray[np.float32]:
    if face.mask_B1SS is None:
        return np.ones_like(face.image_B3SS[:, :1].numpy())
    return face.mask_B1SS.numpy()
