"""What one frame leaves behind for the next frame of the same track; a fresh value every time, nothing is changed."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CUT = 0.5  # of the face's width: whoever moved farther within a frame is somebody else, or there was a cut


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one face in one frame.

    Attributes:
        frame_index: Which frame.
        landmarks_682: The footage's landmarks in it, frame px.
        shift_3: Mean that the colour match added to the skin, RGB in [-1, 1], steadied; None: nothing was compared.
        mask_SS: The mask in the network's output crop, steadied.
    """

    frame_index: int
    landmarks_682: NDArray[np.float64]
    shift_3: NDArray[np.float64] | None
    mask_SS: NDArray[np.float32]

    def to_plain(self) -> dict[str, Any]:
        """The memory in values that survive JSON exactly."""
        return {
            "frame_index": self.frame_index,
            "landmarks": self.landmarks_682.tolist(),
            "shift": None if self.shift_3 is None else self.shift_3.tolist(),
            "mask": base64.b64encode(np.asarray(self.mask_SS, "<f4").tobytes()).decode("ascii"),
            "mask_shape": list(self.mask_SS.shape),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Memory:
        """The memory that ``to_plain`` described."""
        shift_3 = None if plain["shift"] is None else np.array(plain["shift"])
        mask_SS = np.frombuffer(base64.b64decode(plain["mask"]), "<f4").reshape(plain["mask_shape"])
        return cls(plain["frame_index"], np.array(plain["landmarks"]), shift_3, mask_SS.astype(np.float32))


def still_valid(memory: Memory | None, *, frame_index: int | None, landmarks_682: NDArray[np.float64]) -> Memory | None:
    """The memory, if it is of the frame just before and its face could have moved here; None after gaps and cuts."""
    if memory is None or frame_index is None or memory.frame_index != frame_index - 1:
        return None
    moved = np.linalg.norm(landmarks_682.mean(0) - memory.landmarks_682.mean(0))
    width = np.ptp(memory.landmarks_682[:, 0])
    resized = np.ptp(landmarks_682[:, 0]) / max(width, 1e-9)
    return memory if moved <= _CUT * width and 1 - _CUT <= resized <= 1 / (1 - _CUT) else None
