"""The network's own mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.swap.masks.mask import MaskInput
from faceswap_lab.swap.masks.shaping import Edge


class Predicted:
    """The mask drawn by the network's mask head: it follows what hides the face, as far as training showed that.

    Args:
        erode_ratio: See `Edge`.
        feather_ratio: See `Edge`.
        guard_ratio: See `Edge`.
        top: See `Edge`, as are ``bottom``, ``left`` and ``right``.
        feather: See `Edge`.
    """

    needs_prediction = True

    def __init__(
        self,
        *,
        erode_ratio: float = -0.03,
        feather_ratio: float = 0.1,
        guard_ratio: float = 1 / 32,
        top: float = 0.0,
        bottom: float = 0.0,
        left: float = 0.0,
        right: float = 0.0,
        feather: str = "gaussian",
    ) -> None:
        self.edge = Edge(erode_ratio, feather_ratio, guard_ratio, top, bottom, left, right, feather)

    def alpha(self, face: MaskInput) -> NDArray[np.float32]:
        """See `Mask.alpha`.

        Raises:
            ShapeError: The network drew no mask.
        """
        if face.predicted is None:
            raise ShapeError("the network drew no mask; use mask=hull, or train with a mask head")
        return self.edge.shape(face.predicted, face_px=face.face_px)
