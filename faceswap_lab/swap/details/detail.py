"""The slot for details: what is done to the swapped face at the frame's scale, before it is joined with the footage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DetailInput:
    """What a detail may look at for one face; all in px of the patch, which are the frame's.

    Attributes:
        footage_HW3: What the footage shows there, RGB in [0, 1].
        mask_HW: Share of the swapped face, [0, 1].
        landmarks_682: Landmarks of the footage's face.
        before_682: The same face's in the frame before; None at the beginning of a track, and after gaps and cuts.
        side_px: Side of the face's crop: the unit of every ratio.
        output_px: Side of what the network drew, px: how many pixels of its own the swapped face has.
        seed: The frame's number, where something is drawn by chance.
        origin_2: Place of the patch's first pixel in the frame, px: column and row.
    """

    footage_HW3: NDArray[np.float32]
    mask_HW: NDArray[np.float32]
    landmarks_682: NDArray[np.float64]
    before_682: NDArray[np.float64] | None
    side_px: float
    output_px: int
    seed: int
    origin_2: tuple[int, int] = (0, 0)


class Detail(Protocol):
    """One step of the chain that ``convert detail='[NAME,NAME]'`` puts together, in that order."""

    def apply(self, face_HW3: NDArray[np.float32], given: DetailInput) -> NDArray[np.float32]:
        """The face after the step, RGB in [0, 1], shape (H, W, 3); nothing that is given is written to."""
        ...
