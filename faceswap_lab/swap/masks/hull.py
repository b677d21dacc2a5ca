"""The landmark hull as mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.maskers.hull import hull_mask
from faceswap_lab.swap.masks.mask import MaskInput
from faceswap_lab.swap.masks.shaping import Edge

_IDENTITY_23 = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


class Hull:
    """The convex hull of the 68 landmarks, from the brows to the jaw.

    Args:
        erode_ratio: See `Edge`.
        feather_ratio: See `Edge`.
        guard_ratio: See `Edge`.
    """

    needs_prediction = False

    def __init__(self, *, erode_ratio: float = -0.03, feather_ratio: float = 0.1, guard_ratio: float = 1 / 32) -> None:
        self.edge = Edge(erode_ratio, feather_ratio, guard_ratio)

    def alpha(self, face: MaskInput) -> NDArray[np.float32]:
        """See `Mask.alpha`."""
        return self.edge.shape(draw_hull(face), face_px=face.face_px)


def draw_hull(face: MaskInput) -> NDArray[np.float32]:
    """The unshaped hull of the face's landmarks, [0, 1], shape (S, S)."""
    return hull_mask(face.landmarks_682, _IDENTITY_23, face.size).astype(np.float32) / np.float32(255)
