"""The loss of JPEG on the swapped face, for footage that was compressed hard: blocks, rings, poorer colours."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.swap.details.detail import DetailInput


class Jpeg:
    """Compresses the face and opens it again.

    Args:
        quality: As JPEG counts it, 1 to 100: at 90 hardly anything shows, at 30 the blocks do.

    Raises:
        ConfigError: The quality is out of range.
    """

    def __init__(self, *, quality: int = 60) -> None:
        if not 1 <= quality <= 100:
            raise ConfigError(f"detail.jpeg.quality={quality} must lie from 1 to 100")
        self.quality = quality

    def apply(self, face_HW3: NDArray[np.float32], given: DetailInput) -> NDArray[np.float32]:
        """See `Detail.apply`."""
        bgr_HW3 = np.rint(face_HW3[..., ::-1] * 255).astype(np.uint8)
        _, stored = cv2.imencode(".jpg", bgr_HW3, [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        opened_HW3 = np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR))[..., ::-1]
        return np.ascontiguousarray(opened_HW3, np.float32) / np.float32(255)
