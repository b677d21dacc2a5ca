"""What the landmark hull and the network's mask agree on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.maskers.hull import check_forehead
from faceswap_lab.swap.masks.hull import FOREHEAD_RATIO, draw_hull
from faceswap_lab.swap.masks.mask import MaskInput
from faceswap_lab.swap.masks.shaping import Edge, soften


class HullPredicted:
    """Hull and predicted mask, whichever is smaller at each pixel; the hull alone where the network draws no mask.

    The hull keeps the mask inside the face when the network errs, the network keeps it off what hides the face. The
    network draws the outline of the identity, the hull that of the footage, and the two never quite meet; so the
    predicted mask is grown first, and only what reaches deeper into the face than an outline can is cut out.

    Args:
        forehead_ratio: See ``faceswap_lab.faces.maskers.hull.hull_mask``.
        edge: How the mask ends; by default as `Edge` does.
        margin_ratio: How far the predicted mask is grown, in face heights, from 0 to below 0.5.

    Raises:
        ConfigError: A ratio is out of its range.
    """

    needs_prediction = False

    def __init__(
        self,
        *,
        forehead_ratio: float = FOREHEAD_RATIO,
        edge: Edge | None = None,
        margin_ratio: float = 0.06,
    ) -> None:
        if not 0 <= margin_ratio < 0.5:
            raise ConfigError(f"mask.margin_ratio is {margin_ratio}; it must lie in [0, 0.5) face heights")
        self.forehead_ratio = check_forehead("mask", forehead_ratio)
        self.edge = edge or Edge()
        self.margin_ratio = margin_ratio

    def alpha(self, face: MaskInput) -> NDArray[np.float32]:
        """See `Mask.alpha`."""
        mask_SS = draw_hull(face, forehead_ratio=self.forehead_ratio)
        if face.predicted is not None:
            margin_px = self.margin_ratio * face.face_px
            # A ramp of half the margin about the grown outline keeps it smooth in time.
            grown_SS = soften(face.predicted, erode_px=-1.25 * margin_px, feather_px=0.5 * margin_px)
            mask_SS = np.minimum(mask_SS, grown_SS)
        return self.edge.shape(mask_SS, face_px=face.face_px)
