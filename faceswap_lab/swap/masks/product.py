"""Several masks over one another, as filters lie over one another."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.swap.masks.mask import MaskInput
from faceswap_lab.swap.masks.several import Several


class Product(Several):
    """The product of the shares; where two soft edges meet, softer and smaller than either."""

    def alpha(self, face: MaskInput) -> NDArray[np.float32]:
        """See `Mask.alpha`."""
        return reduce(np.multiply, self.each(face))
