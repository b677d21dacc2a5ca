"""From the network's crop to the patch of the frame: outline, colour, mask, details and blend in a row.

Shape letters: S crop side in px.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.crop import CropSpec, crop_corners, cut, mean_face_in_crop
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.geometry import transform_points
from faceswap_lab.swap.blends.blend import Blend
from faceswap_lab.swap.colour.colour import Colour
from faceswap_lab.swap.composite import Patch, Workings, composite, resize_crop
from faceswap_lab.swap.depth import Pixels, to_unit
from faceswap_lab.swap.details.detail import Detail
from faceswap_lab.swap.masks.mask import Mask, MaskInput
from faceswap_lab.swap.masks.stored import StoredMask
from faceswap_lab.swap.memory import Memory, still_valid
from faceswap_lab.swap.outline import continue_skin
from faceswap_lab.swap.skin import skin_weight
from faceswap_lab.swap.steady import Steady, mean_shift

FACE_SCALES = (0.8, 1.25)
_LEAST_SKIN = 0.02  # of what is replaced: with less of nose and cheeks in sight all of it serves to compare colours


class PutBack:
    """Puts swapped crops of one network back into frames; remembers nothing.

    Args:
        colour: Matches the colours.
        mask: Shapes the mask.
        blend: Joins face and footage.
        crop_spec: How the network's crops are cut.
        output_size: Side of what the network draws, px.
        details: What is done to the face at the frame's scale, in this order.
        steady: How much of a track's frame before stays; by default nothing.
        face_scale: Size of the swapped face and its mask over that of the footage's, about the middle of the landmarks.
        debug: Whether patches tell what they were made of.

    Raises:
        ConfigError: The scale is out of range.
    """

    def __init__(
        self,
        *,
        colour: Colour,
        mask: Mask,
        blend: Blend,
        crop_spec: CropSpec,
        output_size: int,
        details: Sequence[Detail] = (),
        steady: Steady | None = None,
        face_scale: float = 1.0,
        debug: bool = False,
    ) -> None:
        if not FACE_SCALES[0] <= face_scale <= FACE_SCALES[1]:
            raise ConfigError(f"face_scale={face_scale:g}: give {FACE_SCALES[0]:g} to {FACE_SCALES[1]:g}")
        self._face_scale = face_scale
        self._colour, self._mask, self._blend, self._details = colour, mask, blend, tuple(details)
        self._steady, self._debug = steady or Steady(), debug
        self._crop_size, self._size = crop_spec.size, output_size
        mean_face_682 = mean_face_in_crop(crop_spec.at(output_size))
        self._face_px = float(np.ptp(mean_face_682[:, 1]))

    def patch(
        self,
        image: Pixels,
        landmarks_682: FloatArray,
        frame_to_crop_23: FloatArray,
        swapped_SS3: NDArray[np.float32],
        predicted_SS: NDArray[np.float32] | None,
        *,
        memory: Memory | None = None,
        frame_index: int | None = None,
        stored: StoredMask | None = None,
    ) -> Patch | None:
        """The patch for one face, or None where none of it lies in the frame.

        Args:
            image: The frame, RGB uint8 or uint16; left alone.
            landmarks_682: Landmarks of the footage's face in frame px.
            frame_to_crop_23: Frame px to px of the network's input crop.
            swapped_SS3: What the network drew, RGB in [0, 1].
            predicted_SS: The mask it drew, [0, 1], or None.
            memory: ``Patch.memory`` of the track's last face; not looked at after gaps and cuts.
            frame_index: The frame's number; without it nothing is remembered.
            stored: The mask that the footage's face set holds, or None.
        """
        matrix_23 = resize_crop(frame_to_crop_23, self._crop_size, self._size)
        memory = still_valid(memory, frame_index=frame_index, landmarks_682=landmarks_682)
        in_crop_682 = transform_points(matrix_23, landmarks_682)
        read = partial(_read, stored, matrix_23, self._size)
        mask_SS = self._mask.alpha(MaskInput(in_crop_682, predicted_SS, self._size, self._face_px, read))
        mask_SS = self._steady.blend_mask(mask_SS, None if memory is None else memory.mask_SS)
        footage_SS3 = to_unit(cut(image, matrix_23, self._size))
        seen_SS = mask_SS * _inside_frame(matrix_23, self._size, image.shape[:2])
        cheeks_SS = skin_weight(in_crop_682, self._size)
        weight_SS = seen_SS if self._colour.under_mask else cheeks_SS * seen_SS
        if weight_SS.sum() < _LEAST_SKIN * seen_SS.sum():
            weight_SS = seen_SS
        if predicted_SS is not None:
            swapped_SS3 = continue_skin(
                swapped_SS3, predicted_SS, in_crop_682, face_px=self._face_px, cheeks_SS=cheeks_SS
            )
        matched_SS3 = self._colour.match(swapped_SS3, footage_SS3, weight_SS)
        shift_3 = mean_shift(swapped_SS3, matched_SS3, weight_SS) if self._steady.colour > 0 else None
        if shift_3 is not None and memory is not None:
            steadied_3 = self._steady.shift(shift_3, memory.shift_3)
            matched_SS3 = matched_SS3 + (steadied_3 - shift_3).astype(np.float32)
            shift_3 = steadied_3
        placed_23 = _enlarged(matrix_23, in_crop_682.mean(axis=0), self._face_scale)
        patch = composite(
            image,
            matched_SS3,
            mask_SS,
            placed_23,
            blend=self._blend,
            details=self._details,
            landmarks_682=landmarks_682,
            before_682=None if memory is None else memory.landmarks_682,
            seed=frame_index or 0,
        )
        if patch is None:
            return None
        now = None if frame_index is None else Memory(frame_index, landmarks_682, shift_3, mask_SS)
        workings = (
            Workings(footage_SS3, swapped_SS3, matched_SS3, mask_SS, matrix_23, placed_23) if self._debug else None
        )
        return replace(patch, memory=now, debug=workings)


def _read(stored: StoredMask | None, frame_to_crop_23: FloatArray, size: int) -> NDArray[np.float32] | None:
    return None if stored is None else stored.in_crop(frame_to_crop_23, size)


def _enlarged(frame_to_crop_23: FloatArray, centre_2: FloatArray, scale: float) -> FloatArray:
    """The matrix by which a crop lies over the frame larger, a point of the crop staying where it is."""
    enlarged_23 = frame_to_crop_23 / scale
    enlarged_23[:, 2] += centre_2 * (1 - 1 / scale)
    return enlarged_23


def _inside_frame(frame_to_crop_23: FloatArray, size: int, frame_size: tuple[int, int]) -> NDArray[np.float32]:
    """1 for the crop's pixels that show the frame, 0 for those beyond it, whose made-up colours must not count."""
    corners_42 = crop_corners(frame_to_crop_23, size)
    if (corners_42 >= 0).all() and (corners_42 <= (frame_size[1] - 1, frame_size[0] - 1)).all():
        return np.ones((size, size), np.float32)  # as nearly always
    grid_y, grid_x = np.mgrid[0:size, 0:size].astype(np.float64)
    crop_2N = np.stack([grid_x.ravel(), grid_y.ravel()]) - frame_to_crop_23[:, 2:]
    frame_2N = np.linalg.solve(frame_to_crop_23[:, :2], crop_2N)
    limits_21 = np.array([[frame_size[1] - 0.5], [frame_size[0] - 0.5]])
    inside_N = ((frame_2N >= -0.5) & (frame_2N <= limits_21)).all(axis=0)
    return inside_N.reshape(size, size).astype(np.float32)
