"""What the network draws at and beyond its own outline: hair and background of the identity, which must not show.

The identity's face can be narrower than the footage's. Between the two outlines the footage's skin, a beard say, would
stay, or the identity's hair would appear; so the drawn skin is continued outwards instead.
Shape letters: S crop side in px.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Shares of the predicted mask: up to the first a pixel is not skin, from the second on it is.
_NO_SKIN, _SKIN = 0.5, 0.95
# Hair lies over the sides of a face, inside its outline, up to about this depth, in face heights. Only sideways: at the
# top the outline runs along the brows, which must stay.
_HAIR_RATIO = 0.08
_KERNEL_RATIO = 0.08  # sigma of the kernel that carries the skin outwards, in face heights
_SMALLEST_WEIGHT = np.float32(1e-4)


def continue_skin(
    swapped_SS3: NDArray[np.float32], predicted_SS: NDArray[np.float32], *, face_px: float
) -> NDArray[np.float32]:
    """The drawn face with its skin continued across its outline, RGB in [0, 1]; well inside the outline unchanged.

    Args:
        swapped_SS3: What the network drew, RGB in [0, 1].
        predicted_SS: The mask it drew, [0, 1].
        face_px: Height of an average face in this crop, px.

    Source:
        Normalised convolution, Knutsson and Westin, CVPR 1993, doi:10.1109/CVPR.1993.341081. Written from the paper.
    """
    weight_SS1 = _sure_skin(predicted_SS, hair_px=_HAIR_RATIO * face_px)[..., None]
    known_SS4 = np.concatenate([swapped_SS3 * weight_SS1, weight_SS1], axis=-1)
    blurred_SS4 = _blur(known_SS4, sigma_px=_KERNEL_RATIO * face_px)
    total_SS1 = blurred_SS4[..., 3:]
    continued_SS3 = blurred_SS4[..., :3] / np.maximum(total_SS1, _SMALLEST_WEIGHT)
    joined_SS3 = swapped_SS3 * weight_SS1 + continued_SS3 * (1 - weight_SS1)
    return np.asarray(np.where(total_SS1 > _SMALLEST_WEIGHT, joined_SS3, swapped_SS3), np.float32)


def _blur(image_SS4: NDArray[np.float32], *, sigma_px: float) -> NDArray[np.float32]:
    """A wide Gaussian, on a quarter of the side: what it leaves needs no more, and it costs a tenth."""
    size = image_SS4.shape[0]
    small = cv2.resize(image_SS4, (max(1, size // 4),) * 2, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigmaX=max(sigma_px / 4, 0.5))
    return np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR), np.float32)


def _sure_skin(predicted_SS: NDArray[np.float32], *, hair_px: float) -> NDArray[np.float32]:
    """1 where the mask is sure and its sides are at least ``hair_px`` away, 0 from half of that to its outline."""
    sure_SS = np.clip((predicted_SS - _NO_SKIN) / (_SKIN - _NO_SKIN), 0.0, 1.0)
    # The mean along the row is the share of face to both sides: 0.5 at an outline, 1 from the kernel's half width on.
    width_px = 2 * max(1, round(hair_px)) + 1
    row_mean_SS = cv2.blur(predicted_SS, (width_px, 1), borderType=cv2.BORDER_CONSTANT)
    depth_SS = np.clip((row_mean_SS - 0.75) / 0.25, 0.0, 1.0)
    return np.asarray(sure_SS * depth_SS, np.float32)
