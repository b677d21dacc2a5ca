"""The whole of a swap as one pure function: a frame, a face, a network and settings in, a patch out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.face import Face
from faceswap_lab.media.pixels import to_8_bits
from faceswap_lab.swap.blends.blend import Blend
from faceswap_lab.swap.blends.membrane import Membrane
from faceswap_lab.swap.colour.colour import Colour
from faceswap_lab.swap.colour.skin_tone import SkinTone
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.depth import Pixels
from faceswap_lab.swap.details.detail import Detail
from faceswap_lab.swap.masks.hull_predicted import HullPredicted
from faceswap_lab.swap.masks.mask import Mask
from faceswap_lab.swap.memory import Memory
from faceswap_lab.swap.put_back import PutBack
from faceswap_lab.swap.steady import Steady
from faceswap_lab.swap.swapper import SwappedFaces, Swapper


class Network(Protocol):
    """Draws one identity; `OneIdentity` makes one of a `Swapper`."""

    @property
    def crop_spec(self) -> CropSpec:
        """What it takes."""
        ...

    @property
    def output_size(self) -> int:
        """Side of what it draws, px."""
        ...

    def draw(self, crops: Sequence[NDArray[np.uint8]]) -> SwappedFaces:
        """Faces of the identity that do what the crops' faces do."""
        ...


@dataclass(frozen=True, slots=True)
class OneIdentity:
    """A network that draws one of its identities.

    Attributes:
        swapper: The network.
        identity: Whom it draws.
    """

    swapper: Swapper
    identity: str

    @property
    def crop_spec(self) -> CropSpec:
        """See `Network.crop_spec`."""
        return self.swapper.crop_spec

    @property
    def output_size(self) -> int:
        """See `Network.output_size`."""
        return self.swapper.output_size

    def draw(self, crops: Sequence[NDArray[np.uint8]]) -> SwappedFaces:
        """See `Network.draw`."""
        return self.swapper.swap(crops, self.identity)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a face is put back; by default as ``convert`` does.

    Attributes:
        colour: Matches the colours.
        mask: Says where the face replaces the footage.
        blend: Joins the two.
        details: What is done to the face at the frame's scale, in this order.
        steady: How much of a track's frame before stays.
        face_scale: Size of the swapped face over that of the footage's.
        debug: Whether patches tell what they were made of.
    """

    colour: Colour = field(default_factory=SkinTone)
    mask: Mask = field(default_factory=HullPredicted)
    blend: Blend = field(default_factory=Membrane)
    details: Sequence[Detail] = ()
    steady: Steady = field(default_factory=Steady)
    face_scale: float = 1.0
    debug: bool = False

    def put_back(self, network: Network) -> PutBack:
        """What puts this network's faces back; for many faces that go through the network at once."""
        return PutBack(
            colour=self.colour,
            mask=self.mask,
            blend=self.blend,
            crop_spec=network.crop_spec,
            output_size=network.output_size,
            details=self.details,
            steady=self.steady,
            face_scale=self.face_scale,
            debug=self.debug,
        )


def swap_face(
    frame: Pixels,
    face: Face,
    network: Network,
    settings: Settings | None = None,
    *,
    memory: Memory | None = None,
    frame_index: int | None = None,
) -> Patch | None:
    """The patch that swaps one face of a frame: the same for the same arguments, which all stay as they are.

    A clip is swapped by handing each frame the ``memory`` of the patch before:

        patch = swap_face(frame, face, network, settings, memory=patch.memory if patch else None, frame_index=k)

    Args:
        frame: RGB uint8 or uint16, full range, shape (H, W, 3).
        face: The footage's face.
        network: Draws the identity.
        settings: How it is put back.
        memory: ``Patch.memory`` of the same face in the frame before.
        frame_index: The frame's number; without it nothing is remembered.

    Returns:
        For `paste`; None where no pixel of the frame would change.

    Raises:
        NoFaceError: The landmarks coincide.
        ShapeError: The landmarks are not (68, 2).
    """
    settings, spec = settings or Settings(), network.crop_spec
    matrix_23 = frame_to_crop(face.landmarks_682, spec)
    images, masks = network.draw([to_8_bits(cut(frame, matrix_23, spec.size))])
    predicted_SS = None if masks is None else masks[0]
    return settings.put_back(network).patch(
        frame, face.landmarks_682, matrix_23, images[0], predicted_SS, memory=memory, frame_index=frame_index
    )
