"""Plain alpha blending."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.swap.depth import in_rgb


class Alpha:
    """Weighs swapped face and footage by alpha, once: a white face on black gives back the mask."""

    def join(
        self, footage_HW3: NDArray[np.float32], swapped_HW3: NDArray[np.float32], alpha_HW: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """``footage + alpha * (swapped - footage)``; see `Blend.join`."""
        joined_HW3 = np.asarray(swapped_HW3 - footage_HW3, np.float32)
        joined_HW3 *= in_rgb(alpha_HW)
        joined_HW3 += footage_HW3
        return joined_HW3
