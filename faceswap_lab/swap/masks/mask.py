"""The slot for masks: where, and how strongly, the swapped face replaces the footage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class MaskInput:
    """What a mask may look at for one face.

    Attributes:
        landmarks_682: Landmarks of the footage's face in px of this crop, shape (68, 2).
        predicted: Mask that the network drew, [0, 1], shape (S, S); None where the network has no mask head.
        size: Side of the crop, px.
        face_px: Height of an average face in this crop, px: the unit of every ratio, the same in all frames.
        stored: Reads the mask that the footage's face set holds, [0, 1], shape (S, S); None where it holds none.
    """

    landmarks_682: NDArray[np.float64]
    predicted: NDArray[np.float32] | None
    size: int
    face_px: float
    stored: Callable[[], NDArray[np.float32] | None] = _nothing


class Mask(Protocol):
    """Shapes the alpha of one face."""

    @property
    def needs_prediction(self) -> bool:
        """Whether a network without a mask head cannot serve this mask."""
        ...

    def alpha(self, face: MaskInput) -> NDArray[np.float32]:
        """Alpha in [0, 1], shape (S, S), zero at the crop's border."""
        ...
