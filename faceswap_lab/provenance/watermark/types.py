"""Names for the arrays of this package."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.media.frame import Picture

__all__ = ["ComplexArray", "FloatArray", "Picture"]

FloatArray = NDArray[np.floating[Any]]
ComplexArray = NDArray[np.complexfloating[Any, Any]]
