"""Head turns in steps of ten degrees: how many faces there are of each, and an even choice among them."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from faceswap_lab.faces.faceset_schema import FaceRow

BIN_DEG = 10.0


def pose_bin(angle_deg: float, width_deg: float = BIN_DEG) -> int:
    """Which step an angle lies in: 0 is centred on looking straight ahead, 1 the next to the left or upwards."""
    return math.floor(angle_deg / width_deg + 0.5)


def yaw_counts(rows: Iterable[FaceRow], width_deg: float = BIN_DEG) -> dict[int, int]:
    """Number of faces by step of yaw."""
    return dict(Counter(pose_bin(row.yaw, width_deg) for row in rows))


def best_spread(rows: Sequence[FaceRow], count: int, width_deg: float = BIN_DEG) -> list[FaceRow]:
    """So many faces, the sharpest of each step of yaw, as evenly over the steps as they allow.

    Steps are filled in turns, one face each, so that a step with few faces gives all of them and leaves the rest of
    its share to the others: no two steps differ by more than one face unless the smaller is used up.

    Args:
        rows: Faces to choose from.
        count: How many.
        width_deg: Width of a step in degrees.

    Returns:
        The chosen faces, in their order in ``rows``; all of them where there are fewer.
    """
    if count >= len(rows):
        return list(rows)
    by_bin: dict[int, list[FaceRow]] = {}
    for row in sorted(rows, key=lambda row: (-row.sharpness, row.id)):
        by_bin.setdefault(pose_bin(row.yaw, width_deg), []).append(row)
    turns = [(place, bin_, row.id) for bin_, inside in by_bin.items() for place, row in enumerate(inside)]
    chosen = {face for _, _, face in sorted(turns)[: max(count, 0)]}
    return [row for row in rows if row.id in chosen]
