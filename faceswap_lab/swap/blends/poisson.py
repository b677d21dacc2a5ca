"""Gradient-domain blending."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_BORDER_PX = 2  # OpenCV asks for room around the mask


class Poisson:
    """Keeps the swapped face's gradients and takes its level from the footage along the edge, then weighs by alpha.

    The whole face takes on the light and the colour around it, hair and shade included, which costs likeness. Works
    in 8 bits, and in tens to hundreds of milliseconds a face.

    Source:
        Pérez et al. 2003, doi:10.1145/882262.882269, equation 3, as OpenCV's ``seamlessClone`` solves it.
    """

    def join(
        self, footage_HW3: NDArray[np.float32], swapped_HW3: NDArray[np.float32], alpha_HW: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Blend.join`."""
        mask_HW = (alpha_HW >= 0.5).astype(np.uint8) * 255
        if not mask_HW.any():
            return np.asarray(footage_HW3 + alpha_HW[..., None] * (swapped_HW3 - footage_HW3), np.float32)
        border = (_BORDER_PX,) * 4
        footage, swapped = (
            cv2.copyMakeBorder(_bytes(image), *border, borderType=cv2.BORDER_REPLICATE)
            for image in (footage_HW3, swapped_HW3)
        )
        mask = cv2.copyMakeBorder(mask_HW, *border, borderType=cv2.BORDER_CONSTANT, value=0)
        left, top, width, height = cv2.boundingRect(mask)
        centre = (left + width // 2, top + height // 2)
        cloned = cv2.seamlessClone(swapped, footage, mask, centre, cv2.NORMAL_CLONE)
        inner = slice(_BORDER_PX, -_BORDER_PX)
        cloned_HW3 = cloned[inner, inner].astype(np.float32) / np.float32(255)
        # What the mask leaves out, the rim where alpha is small, is the swapped face lit as the footage is: unknown
        # there, so it is the footage.
        known_HW1 = (mask_HW > 0)[..., None]
        joined_HW3 = np.where(known_HW1, cloned_HW3, footage_HW3)
        return np.asarray(footage_HW3 + alpha_HW[..., None] * (joined_HW3 - footage_HW3), np.float32)


def _bytes(image_HW3: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(np.clip(image_HW3, 0.0, 1.0) * np.float32(255)).astype(np.uint8)
