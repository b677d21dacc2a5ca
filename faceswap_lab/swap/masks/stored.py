"""The face set's own masks, as they were extracted, imported or drawn by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.faceset_images import read_image
from faceswap_lab.faces.geometry import compose_affine, invert_affine
from faceswap_lab.faces.maskers.hull import check_forehead
from faceswap_lab.swap.masks.hull import FOREHEAD_RATIO, draw_hull
from faceswap_lab.swap.masks.mask import MaskInput
from faceswap_lab.swap.masks.shaping import Edge


@dataclass(frozen=True, slots=True)
class StoredMask:
    """Where the mask of one face lies on the disk; it is read when it is asked for.

    Attributes:
        path: Grey image, black outside.
        frame_to_crop_23: Frame px to px of that image.
    """

    path: Path
    frame_to_crop_23: FloatArray

    def shifted(self, origin_2: Sequence[float]) -> StoredMask:
        """The same mask over the part of the frame that begins there."""
        matrix_23 = self.frame_to_crop_23.copy()
        matrix_23[:, 2] += matrix_23[:, :2] @ np.asarray(origin_2, np.float64)
        return replace(self, frame_to_crop_23=matrix_23)

    def in_crop(self, frame_to_crop_23: FloatArray, size: int) -> NDArray[np.float32]:
        """The mask in another crop of the face, [0, 1], shape (S, S); what lies beyond the stored one is outside.

        Args:
            frame_to_crop_23: Frame px to px of that crop.
            size: Its side, px.

        Raises:
            FacesetError: The image is missing or damaged.
        """
        mask = read_image(self.path, grey=True).astype(np.float32) / np.float32(255)
        matrix_23 = compose_affine(invert_affine(self.frame_to_crop_23), frame_to_crop_23)
        scale = float(np.sqrt(abs(np.linalg.det(matrix_23[:, :2]))))
        if scale < 0.75:  # a linear kernel would skip pixels
            mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.4 / scale), np.float32)
        return np.asarray(cv2.warpAffine(mask, matrix_23, (size, size), flags=cv2.INTER_LINEAR), np.float32)


class Stored:
    """The mask that the face set of the footage holds; for faces without one, the landmark hull.

    Args:
        forehead_ratio: Of the hull, see ``faceswap_lab.faces.maskers.hull.hull_mask``.
        edge: How the mask ends; by default as `Edge` does.
    """

    needs_prediction = False

    def __init__(self, *, forehead_ratio: float = FOREHEAD_RATIO, edge: Edge | None = None) -> None:
        self.forehead_ratio = check_forehead("mask", forehead_ratio)
        self.edge = edge or Edge()

    def alpha(self, face: MaskInput) -> NDArray[np.float32]:
        """See `Mask.alpha`."""
        mask_SS = face.stored()
        if mask_SS is None:
            mask_SS = draw_hull(face, forehead_ratio=self.forehead_ratio)
        return self.edge.shape(mask_SS, face_px=face.face_px)
