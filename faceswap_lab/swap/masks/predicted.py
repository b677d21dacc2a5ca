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
        edge: How the mask ends; by default as `Edge` does.
    """

    needs_prediction = True

    def __init__(self, *, edge: Edge | None = None) -> None:
        self.edge = edge or Edge()

    def alpha(self, face: MaskInput) -> NDArray[np.float32]:
        """See `Mask.alpha`.

        Raises:
            ShapeError: The network drew no mask.
        """
        if face.predicted is None:
            raise ShapeError("the network drew no mask; use mask=hull, or train with a mask head")
        return self.edge.shape(face.predicted, face_px=face.face_px)
