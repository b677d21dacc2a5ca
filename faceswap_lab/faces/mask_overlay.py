"""A mask drawn over its crop, for people to check."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ShapeError


def draw_overlay(
    crop: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    *,
    colour: tuple[int, int, int] = (60, 200, 90),
    opacity: float = 0.35,
) -> NDArray[np.uint8]:
    """The crop with its mask tinted and outlined.

    Args:
        crop: RGB, shape (S, S, 3); left alone.
        mask: Shape (S, S), 0 to 255.
        colour: Of tint and outline, RGB.
        opacity: Of the tint where the mask is full, 0 to 1.

    Returns:
        RGB, shape (S, S, 3). The outline runs where the mask crosses one half.

    Raises:
        ShapeError: The two differ in size.
    """
    if crop.shape[:2] != mask.shape:
        raise ShapeError(f"crop of shape {crop.shape} and mask of shape {mask.shape} are not of one size")
    alpha = (mask.astype(np.float32) / 255 * opacity)[:, :, None]
    drawn = np.rint(crop * (1 - alpha) + np.array(colour, np.float32) * alpha).astype(np.uint8)
    outlines, _ = cv2.findContours((mask > 127).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(drawn, outlines, -1, colour, thickness=max(1, len(crop) // 256))
    return drawn
