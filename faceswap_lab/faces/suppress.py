"""Of several boxes on one face, the best stays."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.faces.face import FloatArray


def suppress(
    boxes_N4: FloatArray, scores_N: FloatArray, most_overlap: float, *, over: Literal["union", "smaller"] = "union"
) -> NDArray[np.intp]:
    """Indices that stay when, of two boxes that overlap too much, the one with the lower score goes.

    Args:
        boxes_N4: x0, y0, x1, y1.
        scores_N: Of two alike, the earlier stays.
        most_overlap: Share of the shared area that two faces may have.
        over: What the shared area is a share of: the union of both boxes, or the smaller of them.

    Returns:
        Indices in falling order of the scores.
    """
    areas = np.prod(np.maximum(boxes_N4[:, 2:] - boxes_N4[:, :2], 0), axis=1)
    order, kept = np.argsort(-scores_N, kind="stable"), []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        shared = shared_area(boxes_N4[best], boxes_N4[rest])
        whole = np.minimum(areas[best], areas[rest]) if over == "smaller" else areas[best] + areas[rest] - shared
        order = rest[shared <= most_overlap * np.maximum(whole, 1e-9)]
    return np.array(kept, np.intp)


def shared_area(box_4: FloatArray, boxes_N4: FloatArray) -> FloatArray:
    """Area that a box shares with each of the others, shape (N,)."""
    low, high = np.maximum(box_4[:2], boxes_N4[:, :2]), np.minimum(box_4[2:], boxes_N4[:, 2:])
    return np.prod(np.maximum(high - low, 0), axis=1)
