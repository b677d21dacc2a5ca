"""What the landmark hull and the network's mask agree on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.swap.masks.hull import draw_hull
from faceswap_lab.swap.masks.mask import MaskInput
from faceswap_lab.swap.masks.shaping import Edge


class HullPredicted:
    """Hull and predicted mask, whichever is smaller at each pixel; the hull alone where the network draws no mask.

    The hull keeps the mask inside the face when the network errs, the network keeps it off what hides the face.

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
        mask_SS = draw_hull(face)
        if face.predicted is not None:
            mask_SS = np.minimum(mask_SS, face.predicted)
        return self.edge.shape(mask_SS, face_px=face.face_px)
