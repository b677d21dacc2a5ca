"""What a detector and a landmarker hand over: a box with a score, then a face with 68 points, in frame pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

NUM_LANDMARKS = 68
"""iBUG 300-W order: jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, outer lips 48-59, inner lips 60-67."""

INNER = slice(17, 68)
"""The 51 points without the jaw, which hair, beards and head turns move."""

BROWS, EYES, OUTER_LIPS = slice(17, 27), slice(36, 48), slice(48, 60)
"""Both brows, both eyes, the outline of the lips."""

OUTER_EYES = (36, 45)
"""Outer eye corners, image left and right; their distance is the usual unit of landmark errors."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One face box.

    Attributes:
        box_4: x0, y0, x1, y1 in frame pixels, float64; may reach beyond the frame.
        confidence: The detector's own score; comparable only within one detector.
        keypoints_52: Eyes, nose tip and mouth corners (image left before right), frame pixels, or None.
    """

    box_4: FloatArray
    confidence: float
    keypoints_52: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """One face with its landmarks.

    Attributes:
        box_4: x0, y0, x1, y1 in frame pixels, float64, as the detector gave it.
        landmarks_682: iBUG 68 points in frame pixels, float64, shape (68, 2).
        confidence: The detector's score.
        landmark_confidence: How far the landmarks can be believed, 0 to 1, or None where the landmarker does not say.
    """

    box_4: FloatArray
    landmarks_682: FloatArray
    confidence: float
    landmark_confidence: float | None = None

    @property
    def area(self) -> float:
        """Area of the box in square pixels; zero for an empty box."""
        width, height = self.box_4[2:] - self.box_4[:2]
        return float(max(width, 0.0) * max(height, 0.0))
