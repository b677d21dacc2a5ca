"""What can be said of a face by one value: the columns of its row, and a few figures that follow from them."""

import dataclasses
from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.preflight import nearest
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow
from faceswap_lab.faces.geometry import affine_scale

Value = float | int | str | bool | None

_ARRAYS = ("box", "landmarks_682", "frame_to_crop", "embedding")
STORED = tuple(field.name for field in dataclasses.fields(FaceRow) if field.name not in _ARRAYS)
"""Columns of the table that hold one value, younger ones included."""


def size_of(row: FaceRow, crop_size: int) -> float:
    """Side of the crop's square in the frame, pixels: how large the face was filmed."""
    return crop_size / max(affine_scale(row.frame_to_crop), 1e-9)


def brightness_of(crop: NDArray[np.uint8], mask: NDArray[np.uint8] | None = None) -> float:
    """Mean luma of a crop, or of its face region where a mask is given, 0 to 255."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float64)
    if mask is None or not mask.any():
        return float(grey.mean())
    return float(np.average(grey, weights=mask))


def _brightness(faceset: Faceset, row: FaceRow) -> Value:
    stored = getattr(row, "brightness", None)
    return stored if stored is not None else brightness_of(faceset.crop(row))


DERIVED: Mapping[str, Callable[[Faceset, FaceRow], Value]] = {
    "size": lambda faceset, row: size_of(row, faceset.crop_spec.size),
    "brightness": _brightness,
    "name": lambda faceset, row: row.file_name,
}
"""Figures computed from a row: ``size`` (px), ``brightness`` (0 to 255, from the crop where not stored), ``name``."""

NAMES = tuple(dict.fromkeys((*STORED, *DERIVED)))
"""Everything that `where` and `by` may name."""


def value_of(faceset: Faceset, row: FaceRow, name: str) -> Value:
    """One value of a face; None where the extraction did not note it.

    Raises:
        ConfigError: There is no such column.
        FacesetError: The value has to be measured, and the crop cannot be read.
    """
    if name in DERIVED:
        return DERIVED[name](faceset, row)
    if name not in STORED:
        raise ConfigError(f"{name} is not a column of a face{nearest(name, NAMES)}")
    value: Value = getattr(row, name)
    return value
