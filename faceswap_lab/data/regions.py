"""Two maps in one channel: the share of face in each pixel, and within the face what is eyes, nostrils and mouth.

Warps and caches carry four channels, red, green, blue and this. Its lower half runs from no face to face, its upper
half from face to eye, nostril or mouth, so that interpolation at either border stays within its half.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.part_masks import eye_mask, mouth_mask, nostril_mask

FEATURES = {"eyes": eye_mask, "nostrils": nostril_mask, "mouth": mouth_mask}
_FACE = 128  # of 255: a little more than half, so that a whole face is one after rounding


def pack_regions(mask_CC: NDArray[np.uint8], features_CC: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The channel, shape (C, C), uint8.

    Args:
        mask_CC: Share of face, 0 to 255.
        features_CC: Share of eyes, nostrils and mouth, 0 to 255; counts only where there is face.
    """
    share_CC = mask_CC.astype(np.float32) / 255
    of_features_CC = features_CC.astype(np.float32) / 255
    return np.rint(share_CC * (_FACE + (255 - _FACE) * of_features_CC)).astype(np.uint8)


def unpack_regions(packed_B1SS: Tensor) -> tuple[Tensor, Tensor]:
    """Share of face, and share of eyes, nostrils and mouth, each shape (B, 1, S, S) in [0, 1].

    Args:
        packed_B1SS: The channel, in [0, 1].
    """
    face = _FACE / 255
    return (packed_B1SS / face).clamp_max(1), ((packed_B1SS - face) / (1 - face)).clamp_min(0)


def features_mask(row: FaceRow, size: int, weights: Mapping[str, float] | None = None) -> NDArray[np.uint8]:
    """Eyes, nostrils and mouth of a face set's face in its crop of that size, shape (size, size), 0 to 255.

    Args:
        row: The face.
        size: Side of the crop, px.
        weights: What each counts for beside the others, in [0, 1], by the names of ``FEATURES``; 1 where not given.
    """
    parts = []
    for name, draw in FEATURES.items():
        part = draw(row.landmarks_682, row.frame_to_crop, size)
        weight = (weights or {}).get(name, 1.0)
        parts.append(part if weight == 1 else np.rint(part * weight).astype(np.uint8))
    return np.maximum.reduce(parts)


def check_feature_weights(weights: Mapping[str, float]) -> None:
    """Raises ConfigError where a name is none of ``FEATURES``, a weight is not in [0, 1], or all are 0."""
    for name, weight in weights.items():
        if name not in FEATURES:
            raise ConfigError(f"data.features.{name}: no such part of a face; there are {', '.join(FEATURES)}")
        if not 0 <= weight <= 1:
            raise ConfigError(f"data.features.{name}={weight} must lie between 0 and 1, the most that any counts for")
    if not any(weights.get(name, 1.0) for name in FEATURES):
        raise ConfigError("data.features: all are 0; set training.features_weight=0 instead")
