"""What training faces do, in a few numbers each: what partners are found by, and what latents are asked for.

Shape letters: N faces, E expressions.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.expression import brow_height, eye_opening, mouth_opening, mouth_width
from faceswap_lab.faces.faceset_schema import FaceRow

SPREADS_E = np.array([0.05, 0.06, 0.06, 0.09])
"""How much the four change in talking people, in distances of the outer eye corners."""

_WIDTH, _EYES, _BROWS = 1, 2, 3
_OPEN_EYES_PERCENT = 70  # of a person's faces have eyes less open: opener ones are taken for equally open


def expressions(rows: Sequence[FaceRow]) -> NDArray[np.float64]:
    """Opening and width of the mouth, opening of the eyes, height of the brows, shape (N, 4).

    In distances of the outer eye corners. The mouth's opening means the same on everybody. How wide a mouth is and how
    high brows are at rest is a person's own, so these count from the person's median; eyes count from where they are
    open, at most 0.

    Args:
        rows: Faces of one person.
    """
    measures = (mouth_opening, mouth_width, eye_opening, brow_height)
    values_NE = np.array([[measure(row.landmarks_682) for measure in measures] for row in rows], np.float64)
    for column in (_WIDTH, _BROWS):
        values_NE[:, column] -= np.median(values_NE[:, column])
    values_NE[:, _EYES] = np.minimum(values_NE[:, _EYES] - np.percentile(values_NE[:, _EYES], _OPEN_EYES_PERCENT), 0)
    return values_NE
