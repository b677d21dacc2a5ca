"""One face of a frame, drawn once and put back in many ways, as close-ups for people to look at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.crop import crop_corners, cut
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.swap.blends.blend import Blend
from faceswap_lab.swap.colour.colour import Colour
from faceswap_lab.swap.composite import resize_crop
from faceswap_lab.swap.contact_sheet import CELL_PX, Picture
from faceswap_lab.swap.locate import LocatedFace
from faceswap_lab.swap.paste import paste
from faceswap_lab.swap.swap_face import OneIdentity, Settings
from faceswap_lab.swap.swapper import Swapper

_MARGIN = 0.3  # of the landmarks' extent, around them in a close-up


class OneFace:
    """A face whose swap is known; all it keeps of the frame is the part around it.

    Args:
        image: The frame, RGB uint8.
        face: The face.
        swapper: Draws it.
        settings: Mask and details.
        frame_index: The frame's number.
    """

    def __init__(
        self, image: NDArray[np.uint8], face: LocatedFace, swapper: Swapper, settings: Settings, *, frame_index: int
    ) -> None:
        self._network, self._settings, self._frame_index = OneIdentity(swapper, face.identity), settings, frame_index
        images, masks = swapper.swap([face.crop], face.identity)
        self._drawn, self._mask = images[0], None if masks is None else masks[0]
        crop_42 = crop_corners(face.frame_to_crop_23, swapper.crop_spec.size)
        around_82 = np.concatenate(
            [1.2 * crop_42 - 0.2 * crop_42.mean(0), crop_corners(_close_up(face.landmarks_682), CELL_PX)]
        )
        height, width = image.shape[:2]
        left, top = np.clip(np.floor(around_82.min(0)) - 4, 0, (width - 1, height - 1)).astype(int)
        right, bottom = np.clip(np.ceil(around_82.max(0)) + 4, (left + 1, top + 1), (width, height)).astype(int)
        self._region = image[top:bottom, left:right].copy()
        self._landmarks_682 = face.landmarks_682 - (left, top)
        self._to_crop_23 = face.frame_to_crop_23.copy()
        self._to_crop_23[:, 2] += self._to_crop_23[:, :2] @ (left, top)
        self._stored = None if face.mask is None else face.mask.shifted((left, top))
        self._to_cell_23 = _close_up(self._landmarks_682)

    def footage(self) -> Picture:
        """What the footage shows, RGB, `CELL_PX` a side."""
        return cut(self._region, self._to_cell_23, CELL_PX)

    def network(self) -> Picture:
        """What the network draws, its whole crop."""
        size = len(self._drawn)
        drawn = np.rint(self._drawn * 255).astype(np.uint8)
        return cut(drawn, resize_crop(np.eye(2, 3), size, CELL_PX), CELL_PX)

    def put_back(self, colour: Colour, blend: Blend) -> Picture:
        """The swapped face in the frame."""
        parts = replace(self._settings, colour=colour, blend=blend).put_back(self._network)
        patch = parts.patch(
            self._region,
            self._landmarks_682,
            self._to_crop_23,
            self._drawn,
            self._mask,
            frame_index=self._frame_index,
            stored=self._stored,
        )
        picture = self._region.copy()
        paste(picture, [] if patch is None else [patch])
        return cut(picture, self._to_cell_23, CELL_PX)


def _close_up(landmarks_682: FloatArray) -> FloatArray:
    """From px of the frame to those of an upright square around the face."""
    low_2, high_2 = landmarks_682.min(axis=0), landmarks_682.max(axis=0)
    scale = CELL_PX / (float((high_2 - low_2).max()) * (1 + 2 * _MARGIN))
    shift_2 = (CELL_PX - 1) / 2 - scale * (low_2 + high_2) / 2
    return np.array([[scale, 0.0, shift_2[0]], [0.0, scale, shift_2[1]]])
