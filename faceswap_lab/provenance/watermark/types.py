"""Names for the arrays of this package."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
ComplexArray = NDArray[np.complexfloating[Any, Any]]
Picture = NDArray[np.uint8] | NDArray[np.uint16]
"""RGB, shape (H, W, 3)."""
