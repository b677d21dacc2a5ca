"""Lays a swapped crop back over the frame it came from.

In: an RGB crop in [0, 1] with its alpha, and the matrix that cut it. Out: a `Patch`, the only pixels of the frame that
may change. All arithmetic happens inside the patch, so the cost follows the face and not the frame.
Shape letters: H, W patch or frame sides, S crop side, all in px.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.swap.blends.blend import Blend

# A cubic kernel reads two samples to either side: with this border of zero alpha nothing is smeared out of the crop.
_BORDER_PX = 2
# Beyond this reduction a cubic kernel skips samples, and the crop is averaged down first.
_LARGEST_CUBIC_REDUCTION = 1.25


@dataclass(frozen=True, slots=True)
class Patch:
    """The rectangle of a frame that a swap changes.

    Attributes:
        box: Frame px, xyxy, right and bottom exclusive; always inside the frame.
        image: New pixels, RGB uint8, shape (H, W, 3).
        alpha: Share of the swapped face in each pixel, float32 in [0, 1], shape (H, W).
    """

    box: tuple[int, int, int, int]
    image: NDArray[np.uint8]
    alpha: NDArray[np.float32]

    def write_to(self, frame: NDArray[np.uint8]) -> None:
        """Overwrites the patch's rectangle of the frame, in place."""
        left, top, right, bottom = self.box
        frame[top:bottom, left:right] = self.image


def composite(
    frame: NDArray[np.uint8],
    swapped_SS3: NDArray[np.float32],
    alpha_SS: NDArray[np.float32],
    frame_to_crop_23: NDArray[np.float64],
    *,
    blend: Blend,
) -> Patch | None:
    """The patch that puts the swapped face into the frame; the frame itself is left alone.

    Where alpha is zero the patch repeats the frame bit for bit.

    Args:
        frame: RGB uint8, shape (H, W, 3).
        swapped_SS3: Swapped face, RGB in [0, 1].
        alpha_SS: Its share in each pixel, [0, 1].
        frame_to_crop_23: Carries frame px to px of this crop, pixel centres at integers.
        blend: Joins face and footage inside the patch.

    Returns:
        The patch, or None where no pixel of the frame is touched.
    """
    face_SS3, share_SS, to_crop_23 = _prepare(swapped_SS3, alpha_SS, frame_to_crop_23)
    box = _touched_box(share_SS, to_crop_23, frame.shape[:2])
    if box is None:
        return None
    left, top, right, bottom = box
    from_patch_23 = to_crop_23.copy()
    from_patch_23[:, 2] += to_crop_23[:, :2] @ (left, top)
    size = (right - left, bottom - top)
    face_HW3, alpha_HW = _enlarge(face_SS3, from_patch_23, size), _enlarge(share_SS, from_patch_23, size)
    footage_HW3 = frame[top:bottom, left:right]
    blended_HW3 = blend.join(footage_HW3.astype(np.float32) / np.float32(255), face_HW3, alpha_HW)
    image = np.rint(np.clip(blended_HW3, 0.0, 1.0) * np.float32(255)).astype(np.uint8)
    # Holds for every blend, not only for those that are exact in float.
    cv2.copyTo(footage_HW3, (alpha_HW == 0).astype(np.uint8), image)
    return Patch(box, image, alpha_HW)


def _enlarge(
    crop: NDArray[np.float32], from_patch_23: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float32]:
    """A crop, or its alpha, at the frame's scale: straight into the patch, resampled once."""
    # Lanczos keeps a fifth more of the finest detail than cubic interpolation; alpha has none, and should not ring.
    kernel = cv2.INTER_LANCZOS4 if crop.ndim == 3 else cv2.INTER_CUBIC
    flags = kernel | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(crop, from_patch_23, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(np.asarray(warped, np.float32), 0.0, 1.0)  # both kernels overshoot


def _prepare(
    swapped_SS3: NDArray[np.float32], alpha_SS: NDArray[np.float32], frame_to_crop_23: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
    """Face and alpha, averaged down to the frame's scale where they are finer, in a border of zero alpha."""
    face, share = np.asarray(swapped_SS3, np.float32), np.asarray(alpha_SS, np.float32)
    matrix_23 = np.array(frame_to_crop_23, dtype=np.float64)
    crop_px_per_frame_px = float(np.sqrt(abs(np.linalg.det(matrix_23[:, :2]))))
    if crop_px_per_frame_px > _LARGEST_CUBIC_REDUCTION:
        side = share.shape[0]
        smaller = max(1, round(side / crop_px_per_frame_px))
        face = np.asarray(cv2.resize(face, (smaller, smaller), interpolation=cv2.INTER_AREA), np.float32)
        share = np.asarray(cv2.resize(share, (smaller, smaller), interpolation=cv2.INTER_AREA), np.float32)
        matrix_23 = resize_crop(matrix_23, side, smaller)
    border = (_BORDER_PX, _BORDER_PX)
    matrix_23[:, 2] += _BORDER_PX
    return np.pad(face, [border, border, (0, 0)], mode="edge"), np.pad(share, [border, border]), matrix_23


def resize_crop(frame_to_crop_23: NDArray[np.float64], size: int, new_size: int) -> NDArray[np.float64]:
    """The matrix of the same crop at another side length, pixel centres at integers.

    Args:
        frame_to_crop_23: Carries frame px to px of a crop of side ``size``.
        size: Side of that crop, px.
        new_size: Side wanted, px.
    """
    scale = new_size / size
    resized_23 = np.asarray(frame_to_crop_23, dtype=np.float64) * scale
    resized_23[:, 2] += 0.5 * scale - 0.5
    return resized_23


def _touched_box(
    alpha_SS: NDArray[np.float32], to_crop_23: NDArray[np.float64], frame_size: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """Smallest frame rectangle that holds every pixel a cubic kernel can give alpha to."""
    rows, columns = np.flatnonzero(alpha_SS.any(axis=1)), np.flatnonzero(alpha_SS.any(axis=0))
    if rows.size == 0:
        return None
    left, right = columns[0] - _BORDER_PX, columns[-1] + _BORDER_PX
    top, bottom = rows[0] - _BORDER_PX, rows[-1] + _BORDER_PX
    corners_42 = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
    frame_42 = np.linalg.solve(to_crop_23[:, :2], (corners_42 - to_crop_23[:, 2]).T).T
    height, width = frame_size
    low = np.maximum(np.floor(frame_42.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(frame_42.max(axis=0)) + 1, (width, height)).astype(int)
    if (high <= low).any():
        return None
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
