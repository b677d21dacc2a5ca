"""What several masks agree on, pixel by pixel."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.swap.masks.mask import MaskInput
from faceswap_lab.swap.masks.several import Several


class Minimum(Several):
    """The smallest share at each pixel; where two soft edges meet, no softer than either."""

    def alpha(self, face: MaskInput) -> NDArray[np.float32]:
        """See `Mask.alpha`."""
        return reduce(np.minimum, self.each(face))
