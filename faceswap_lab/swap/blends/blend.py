"""The slot for blends: swapped face and footage in, one picture out, inside the patch only."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Blend(Protocol):
    """Joins the swapped face and the footage inside one patch of the frame."""

    def join(
        self, footage_HW3: NDArray[np.float32], swapped_HW3: NDArray[np.float32], alpha_HW: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The joined picture, RGB in [0, 1], shape (H, W, 3); where alpha is zero the caller keeps the footage.

        Args:
            footage_HW3: The frame's own pixels, RGB in [0, 1].
            swapped_HW3: The swapped face at the same place, RGB in [0, 1].
            alpha_HW: Share of the swapped face, [0, 1].
        """
        ...
