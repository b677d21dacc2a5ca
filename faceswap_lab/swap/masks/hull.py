"""The landmark hull as mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.maskers.hull import check_forehead, hull_mask
from faceswap_lab.swap.masks.mask import MaskInput
from faceswap_lab.swap.masks.shaping import Edge

FOREHEAD_RATIO = 0.25
"""Default of both masks that start from the hull: as far as a crop of kind ``face`` reaches."""

_IDENTITY_23 = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


class Hull:
    """The convex hull of the 68 landmarks, from the forehead to the jaw.

    Args:
        forehead_ratio: See ``faceswap_lab.faces.maskers.hull.hull_mask``.
        edge: How the mask ends; by default as `Edge` does.
    """

    needs_prediction = False

    def __init__(
        self,
        *,
        forehead_ratio: float = FOREHEAD_RATIO,
        edge: Edge | None = None,
    ) -> None:
        self.forehead_ratio = check_forehead("mask", forehead_ratio)
        self.edge = edge or Edge()

    def alpha(self, face: MaskInput) -> NDArray[np.float32]:
        """See `Mask.alpha`."""
        return self.edge.shape(draw_hull(face, forehead_ratio=self.forehead_ratio), face_px=face.face_px)


def draw_hull(face: MaskInput, *, forehead_ratio: float = 0.0) -> NDArray[np.float32]:
    """The unshaped hull of the face's landmarks, [0, 1], shape (S, S)."""
    mask_SS = hull_mask(face.landmarks_682, _IDENTITY_23, face.size, forehead_ratio=forehead_ratio)
    return mask_SS.astype(np.float32) / np.float32(255)
