"""Sharpening of the enlarged face, which the network drew softer than it was."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.details.detail import DetailInput


class Sharpen:
    """Unsharp mask: adds what a Gaussian takes away, where that is more than the threshold.

    Args:
        amount: How much of it, 0 to 5.
        radius_ratio: Sigma of the Gaussian, in sides of the face's crop, above 0 and up to 0.1.
        threshold: Differences up to this, in [0, 1], are taken for noise and left; from twice as much on all is added.
            0 is the plain Gaussian sharpening of other tools.

    Raises:
        ConfigError: A value is out of its range.
    """

    def __init__(self, *, amount: float = 0.5, radius_ratio: float = 0.008, threshold: float = 0.0) -> None:
        if not 0 <= amount <= 5:
            raise ConfigError(f"detail.sharpen.amount={amount} must lie from 0 to 5")
        if not 0 < radius_ratio <= 0.1:
            raise ConfigError(f"detail.sharpen.radius_ratio={radius_ratio} must be above 0 and at most 0.1 crop sides")
        if not 0 <= threshold < 1:
            raise ConfigError(f"detail.sharpen.threshold={threshold} must lie from 0 to below 1")
        self.amount, self.radius_ratio, self.threshold = amount, radius_ratio, threshold

    def apply(self, face_HW3: NDArray[np.float32], given: DetailInput) -> NDArray[np.float32]:
        """See `Detail.apply`."""
        blurred_HW3 = cv2.GaussianBlur(face_HW3, (0, 0), sigmaX=max(self.radius_ratio * given.side_px, 0.3))
        fine_HW3 = face_HW3 - blurred_HW3
        if self.threshold > 0:
            fine_HW3 = fine_HW3 * np.clip(np.abs(fine_HW3) / self.threshold - 1, 0, 1)
        return np.asarray(np.clip(face_HW3 + self.amount * fine_HW3, 0.0, 1.0), np.float32)
