"""Lays a swapped crop back over the frame it came from.

In: an RGB crop in [0, 1] with its mask, and the matrix that cut it. Out: a `Patch`, the only pixels of the frame that
may change. All arithmetic happens inside the patch, so the cost follows the face and not the frame.
Shape letters: H, W patch or frame sides, S crop side, all in px.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.swap.blends.blend import Blend
from faceswap_lab.swap.depth import Pixels, copy_where, from_unit, to_unit
from faceswap_lab.swap.details.detail import Detail, DetailInput
from faceswap_lab.swap.memory import Memory

# A cubic kernel reads two samples to either side: with this border of no mask nothing is smeared out of the crop.
_BORDER_PX = 2
# Beyond this reduction a cubic kernel skips samples, and the crop is averaged down first.
_LARGEST_CUBIC_REDUCTION = 1.25


@dataclass(frozen=True, slots=True)
class Patch:
    """The rectangle of a frame that a swap changes; `paste` puts it there.

    Attributes:
        box: Frame px, xyxy, right and bottom exclusive; always inside the frame.
        rgb: New pixels, RGB of the frame's own type, shape (H, W, 3).
        mask: Share of the swapped face in each pixel, float32 in [0, 1], shape (H, W).
        side_px: Side of the face's crop in frame px, also where the frame shows a part of it only: of two faces the
            larger one is nearer.
        debug: What it was made of, where that was asked for.
        memory: What the track's next frame may look at.
    """

    box: tuple[int, int, int, int]
    rgb: Pixels
    mask: NDArray[np.float32]
    side_px: float
    debug: Workings | None = None
    memory: Memory | None = None

    def overlaps(self, other: Patch) -> bool:
        """Whether the two rectangles share a pixel."""
        ours, theirs = self.box, other.box
        return ours[0] < theirs[2] and theirs[0] < ours[2] and ours[1] < theirs[3] and theirs[1] < ours[3]


@dataclass(frozen=True, slots=True)
class Workings:
    """The crops behind a patch, for a person who wants to see where something went wrong.

    Attributes:
        footage_SS3: What the footage shows, RGB in [0, 1].
        swapped_SS3: What the network drew.
        matched_SS3: The same in the footage's colours.
        mask_SS: Share of the swapped face, [0, 1].
        frame_to_crop_23: Frame px to px of these crops, as the footage was cut.
        placed_23: The same as swapped face and mask were laid over the frame; another one where ``face_scale`` is.
    """

    footage_SS3: NDArray[np.float32]
    swapped_SS3: NDArray[np.float32]
    matched_SS3: NDArray[np.float32]
    mask_SS: NDArray[np.float32]
    frame_to_crop_23: NDArray[np.float64]
    placed_23: NDArray[np.float64]


def composite(
    frame: Pixels,
    swapped_SS3: NDArray[np.float32],
    mask_SS: NDArray[np.float32],
    frame_to_crop_23: NDArray[np.float64],
    *,
    blend: Blend,
    details: Sequence[Detail] = (),
    landmarks_682: NDArray[np.float64] | None = None,
    before_682: NDArray[np.float64] | None = None,
    seed: int = 0,
) -> Patch | None:
    """The patch that puts the swapped face into the frame; the frame itself is left alone.

    Where the mask is zero the patch repeats the frame bit for bit.

    Args:
        frame: RGB uint8 or uint16, full range, shape (H, W, 3).
        swapped_SS3: Swapped face, RGB in [0, 1].
        mask_SS: Its share in each pixel, [0, 1].
        frame_to_crop_23: Carries frame px to px of this crop, pixel centres at integers.
        blend: Joins face and footage inside the patch.
        details: What is done to the face at the frame's scale before that; needs ``landmarks_682``.
        landmarks_682: Of the footage's face, frame px.
        before_682: The same face's in the frame before, or None.
        seed: See `DetailInput`.

    Returns:
        The patch, or None where no pixel of the frame is touched.
    """
    face_SS3, share_SS, to_crop_23 = _prepare(swapped_SS3, mask_SS, frame_to_crop_23)
    box = _touched_box(share_SS, to_crop_23, frame.shape[:2])
    if box is None:
        return None
    left, top, right, bottom = box
    from_patch_23 = to_crop_23.copy()
    from_patch_23[:, 2] += to_crop_23[:, :2] @ (left, top)
    size = (right - left, bottom - top)
    face_HW3, mask_HW = _enlarge(face_SS3, from_patch_23, size), _enlarge(share_SS, from_patch_23, size)
    footage_HW3 = frame[top:bottom, left:right]
    footage_unit_HW3, side_px = to_unit(footage_HW3), mask_SS.shape[0] / _scale_of(frame_to_crop_23)
    if details:
        assert landmarks_682 is not None
        given = DetailInput(
            footage_unit_HW3,
            mask_HW,
            landmarks_682 - (left, top),
            None if before_682 is None else before_682 - (left, top),
            side_px,
            mask_SS.shape[0],
            seed,
            (left, top),
        )
        for detail in details:
            face_HW3 = detail.apply(face_HW3, given)
    blended_HW3 = blend.join(footage_unit_HW3, face_HW3, mask_HW)
    rgb_HW3 = from_unit(blended_HW3, footage_HW3.dtype)
    # Holds for every blend, not only for those that are exact in float.
    copy_where(rgb_HW3, footage_HW3, mask_HW == 0)
    return Patch(box, rgb_HW3, mask_HW, side_px)


def _enlarge(
    crop: NDArray[np.float32], from_patch_23: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float32]:
    """A crop, or its mask, at the frame's scale: straight into the patch, resampled once."""
    # Lanczos keeps a fifth more of the finest detail than cubic interpolation; a mask has none, and should not ring.
    kernel = cv2.INTER_LANCZOS4 if crop.ndim == 3 else cv2.INTER_CUBIC
    flags = kernel | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(crop, from_patch_23, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    warped = np.asarray(warped, np.float32)
    return np.clip(warped, 0.0, 1.0, out=warped)  # both kernels overshoot


def _prepare(
    swapped_SS3: NDArray[np.float32], mask_SS: NDArray[np.float32], frame_to_crop_23: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
    """Face and mask, averaged down to the frame's scale where they are finer, in a border of no mask."""
    face, share = np.asarray(swapped_SS3, np.float32), np.asarray(mask_SS, np.float32)
    matrix_23 = np.array(frame_to_crop_23, dtype=np.float64)
    crop_px_per_frame_px = _scale_of(matrix_23)
    if crop_px_per_frame_px > _LARGEST_CUBIC_REDUCTION:
        side = share.shape[0]
        smaller = max(1, round(side / crop_px_per_frame_px))
        face = np.asarray(cv2.resize(face, (smaller, smaller), interpolation=cv2.INTER_AREA), np.float32)
        share = np.asarray(cv2.resize(share, (smaller, smaller), interpolation=cv2.INTER_AREA), np.float32)
        matrix_23 = resize_crop(matrix_23, side, smaller)
    border = (_BORDER_PX,) * 4
    matrix_23[:, 2] += _BORDER_PX
    face = np.asarray(cv2.copyMakeBorder(face, *border, borderType=cv2.BORDER_REPLICATE), np.float32)
    return face, np.asarray(cv2.copyMakeBorder(share, *border, borderType=cv2.BORDER_CONSTANT), np.float32), matrix_23


def _scale_of(frame_to_crop_23: NDArray[np.float64]) -> float:
    """Crop px a frame px."""
    return float(np.sqrt(abs(np.linalg.det(frame_to_crop_23[:, :2]))))


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
    mask_SS: NDArray[np.float32], to_crop_23: NDArray[np.float64], frame_size: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """Smallest frame rectangle that holds every pixel a cubic kernel can let the face into."""
    first_column, first_row, num_columns, num_rows = cv2.boundingRect((mask_SS != 0).view(np.uint8))
    if num_rows == 0:
        return None
    left, right = first_column - _BORDER_PX, first_column + num_columns - 1 + _BORDER_PX
    top, bottom = first_row - _BORDER_PX, first_row + num_rows - 1 + _BORDER_PX
    corners_42 = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
    frame_42 = np.linalg.solve(to_crop_23[:, :2], (corners_42 - to_crop_23[:, 2]).T).T
    height, width = frame_size
    low = np.maximum(np.floor(frame_42.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(frame_42.max(axis=0)) + 1, (width, height)).astype(int)
    if (high <= low).any():
        return None
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
