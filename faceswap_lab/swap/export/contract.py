"""What the exported graphs take and give: names, order of axes and colours.

Shape letters: B batch, S side of a face in px.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from faceswap_lab.models.autoencoder import SharedAutoencoder


@dataclass(frozen=True, slots=True)
class Contract:
    """Names of a graph's inputs and outputs, and how its pictures lie in memory.

    Attributes:
        faces: Input, float32 in [0, 1].
        strength: Second input of a network that can swap part of the way, float32 of shape (1,), in [0, 1].
        footage_mask: Output, the mask of the face in the footage; None where there is no such output.
        image: Output, the drawn face.
        mask: Output, its mask.
        is_nhwc_bgr: Whether pictures are (B, S, S, 3) in the order blue, green, red, else (B, 3, S, S), RGB.
        opset: By default. Programs that read .dfm files ship old runtimes, which know nothing later.
    """

    faces: str
    strength: str
    footage_mask: str | None
    image: str
    mask: str
    is_nhwc_bgr: bool
    opset: int

    @property
    def outputs(self) -> list[str]:
        """In their order."""
        return [name for name in (self.footage_mask, self.image, self.mask) if name is not None]


DFM = Contract("in_face:0", "morph_value:0", "out_face_mask:0", "out_celeb_face:0", "out_celeb_face_mask:0", True, 12)
"""DeepFaceLab's .dfm files; DeepFaceLive and FaceFusion go by the first input's name and by the outputs' order."""

PLAIN = Contract("faces", "strength", None, "image", "mask", False, 17)
"""Our .onnx files: what the network itself takes and draws."""

CONTRACTS = {"dfm": DFM, "onnx": PLAIN}


class Graph(nn.Module):
    """A network that draws one identity, by a contract.

    Args:
        network: The trained network.
        identity: Whom it draws.
        footage_identity: Whose mask is ``footage_mask``; only where the contract has it and the network draws masks.
        contract: What goes in and comes out.
    """

    def __init__(
        self, network: SharedAutoencoder, *, identity: str, footage_identity: str | None, contract: Contract
    ) -> None:
        super().__init__()
        self._network, self._contract = network, contract
        self._identity, self._footage_identity = identity, footage_identity

    def forward(self, faces: Tensor, strength_1: Tensor | None = None) -> tuple[Tensor, ...]:
        """The contract's outputs, in order; a network without mask head gives masks of ones."""
        of_footage, is_nhwc_bgr = self._contract.footage_mask, self._contract.is_nhwc_bgr
        if strength_1 is not None:
            self._network.bottleneck.strength = strength_1[0]
        code = self._network.encode(faces.permute(0, 3, 1, 2).flip(1) if is_nhwc_bgr else faces)
        drawn = self._network.draw(code, self._identity)
        image, mask = drawn.image_B3SS.clamp(0, 1), drawn.mask_B1SS
        mask = torch.ones_like(image[:, :1]) if mask is None else mask.clamp(0, 1)
        outputs = [image.flip(1) if is_nhwc_bgr else image, mask]
        if of_footage is not None:
            outputs.insert(0, mask if self._footage_identity is None else self._footage_mask(code, mask))
        return tuple(output.permute(0, 2, 3, 1) if is_nhwc_bgr else output for output in outputs)

    def _footage_mask(self, code: Tensor, otherwise: Tensor) -> Tensor:
        mask = self._network.draw(code, cast(str, self._footage_identity)).mask_B1SS
        return otherwise if mask is None else mask.clamp(0, 1)
