"""From the network's crop to the patch of the frame: outline, colour, mask and blend in a row.

Shape letters: S crop side in px.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.crop import CropSpec, crop_corners, cut, mean_face_in_crop
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.geometry import transform_points
from faceswap_lab.swap.blends.blend import Blend
from faceswap_lab.swap.colour.colour import Colour
from faceswap_lab.swap.composite import Patch, composite, resize_crop
from faceswap_lab.swap.masks.mask import Mask, MaskInput
from faceswap_lab.swap.outline import continue_skin
from faceswap_lab.swap.skin import skin_weight

_LEAST_SKIN = 0.02  # of what is replaced: with less of nose and cheeks in sight all of it serves to compare colours


class PutBack:
    """Puts swapped crops of one network back into frames.

    Args:
        colour: Matches the colours.
        mask: Shapes the alpha.
        blend: Joins face and footage.
        crop_spec: How the network's crops are cut.
        output_size: Side of what the network draws, px.
    """

    def __init__(self, *, colour: Colour, mask: Mask, blend: Blend, crop_spec: CropSpec, output_size: int) -> None:
        self._colour, self._mask, self._blend = colour, mask, blend
        self._crop_size, self._size = crop_spec.size, output_size
        mean_face_682 = mean_face_in_crop(crop_spec.at(output_size))
        self._face_px = float(np.ptp(mean_face_682[:, 1]))

    def patch(
        self,
        image: NDArray[np.uint8],
        landmarks_682: FloatArray,
        frame_to_crop_23: FloatArray,
        swapped_SS3: NDArray[np.float32],
        predicted_SS: NDArray[np.float32] | None,
    ) -> Patch | None:
        """The patch for one face, or None where none of it lies in the frame.

        Args:
            image: The frame, RGB uint8; left alone.
            landmarks_682: Landmarks of the footage's face in frame px.
            frame_to_crop_23: Frame px to px of the network's input crop.
            swapped_SS3: What the network drew, RGB in [0, 1].
            predicted_SS: The mask it drew, [0, 1], or None.
        """
        matrix_23 = resize_crop(frame_to_crop_23, self._crop_size, self._size)
        in_crop_682 = transform_points(matrix_23, landmarks_682)
        alpha_SS = self._mask.alpha(MaskInput(in_crop_682, predicted_SS, self._size, self._face_px))
        footage_SS3 = cut(image, matrix_23, self._size).astype(np.float32) / np.float32(255)
        seen_SS = alpha_SS * _inside_frame(matrix_23, self._size, image.shape[:2])
        weight_SS = skin_weight(in_crop_682, self._size) * seen_SS
        if weight_SS.sum() < _LEAST_SKIN * seen_SS.sum():
            weight_SS = seen_SS
        if predicted_SS is not None:
            swapped_SS3 = continue_skin(swapped_SS3, predicted_SS, in_crop_682, face_px=self._face_px)
        matched_SS3 = self._colour.match(swapped_SS3, footage_SS3, weight_SS)
        return composite(image, matched_SS3, alpha_SS, matrix_23, blend=self._blend)


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
