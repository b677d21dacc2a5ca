"""How far the swapped head's pose strays from the footage's."""

from typing import Protocol

import numpy as np


class Angles(Protocol):
    """A head pose in degrees."""

    @property
    def yaw_deg(self) -> float: ...
    @property
    def pitch_deg(self) -> float: ...
    @property
    def roll_deg(self) -> float: ...


def pose_error_deg(swapped: Angles, footage: Angles) -> float:
    """Euclidean length of the difference of (yaw, pitch, roll), in degrees, each difference wrapped to ±180.

    Source:
        The pose error of Li et al., "FaceShifter", arXiv:1912.13457, section 4: L2 distance of the pose vectors.
    """
    differences = np.array(
        [
            swapped.yaw_deg - footage.yaw_deg,
            swapped.pitch_deg - footage.pitch_deg,
            swapped.roll_deg - footage.roll_deg,
        ]
    )
    return float(np.linalg.norm((differences + 180.0) % 360.0 - 180.0))
