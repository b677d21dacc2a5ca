"""No colour matching."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class NoColour:
    """Leaves the network's colours alone."""

    under_mask = False

    def match(
        self, swapped_SS3: NDArray[np.float32], footage_SS3: NDArray[np.float32], weight_SS: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The swapped face as it is; see `Colour.match`."""
        return swapped_SS3
