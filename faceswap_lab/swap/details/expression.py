"""The footage's mouth and eyelids on the swapped face: what is drawn too little open is opened by a small warp."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.faces.face import Detection, Face
from faceswap_lab.faces.keypoints import five_of_68
from faceswap_lab.swap.details.detail import DetailInput

# Right eye, left eye, mouth: their points, and the pairs whose distance is the opening.
_FEATURES = (
    (slice(36, 42), ((37, 41), (38, 40))),
    (slice(42, 48), ((43, 47), (44, 46))),
    (slice(48, 68), ((61, 67), (62, 66), (63, 65))),
)
_REACH_RATIO = 0.045  # sigma, in crop sides, of how far a point pulls its surroundings along
_EASE = 0.05  # how much less than its way a point may go for a smoother field
_IGNORED_RATIO = 0.004  # crop sides: landmarks are not surer than that


class Landmarker(Protocol):
    """What tells the landmarks of the swapped face."""

    def landmarks(self, image: NDArray[np.uint8], detection: Detection) -> Face:
        """The face of a detection."""
        ...


class Expression:
    """Moves lips and lids along the face's own vertical until they are as far apart as the footage's.

    Only the distance from the feature's own middle is carried over, not its place, width or form: those are the
    person's. The warp stretches what is there, so an opening grows by a limited factor: teeth would become tusks, and
    between closed lips lies nothing to show. Closing has no limit.

    Args:
        landmarker: Finds the landmarks of the swapped face.
        strength: Share of the way, 0 to 1.
        most_growth: Largest factor by which an opening grows, 1 to 3.

    Raises:
        ConfigError: A value is out of its range.
    """

    def __init__(self, *, landmarker: Landmarker, strength: float = 0.8, most_growth: float = 1.5) -> None:
        if not 0 <= strength <= 1:
            raise ConfigError(f"detail.expression.strength={strength} must lie from 0 to 1")
        if not 1 <= most_growth <= 3:
            raise ConfigError(f"detail.expression.most_growth={most_growth} must lie from 1 to 3")
        self.strength, self.most_growth, self._landmarker = strength, most_growth, landmarker

    def apply(self, face_HW3: NDArray[np.float32], given: DetailInput) -> NDArray[np.float32]:
        """See `Detail.apply`."""
        wanted_682 = given.landmarks_682
        box_4 = np.concatenate([wanted_682.min(0), wanted_682.max(0)])
        image = np.rint(np.clip(face_HW3, 0, 1) * 255).astype(np.uint8)
        drawn_682 = self._landmarker.landmarks(image, Detection(box_4, 1.0, five_of_68(wanted_682))).landmarks_682
        moves_682 = opening_moves(
            drawn_682,
            wanted_682,
            ignored_px=_IGNORED_RATIO * given.side_px,
            most_growth=self.most_growth,
        )
        points = slice(36, 68)  # those that stay hold their surroundings
        moves_N2 = self.strength * moves_682[points]
        return pull(face_HW3, drawn_682[points], moves_N2, reach_px=_REACH_RATIO * given.side_px)


def opening_moves(
    drawn_682: NDArray[np.float64], wanted_682: NDArray[np.float64], *, ignored_px: float, most_growth: float
) -> NDArray[np.float64]:
    """How each point of mouth and eyes moves for its feature to open as in the footage, px; 0 for all others."""
    down_2 = wanted_682[8] - wanted_682[27]  # from the bridge of the nose to the chin
    down_2 = down_2 / max(float(np.linalg.norm(down_2)), 1e-9)
    moves_682 = np.zeros_like(drawn_682)
    for points, pairs in _FEATURES:
        drawn, wanted = drawn_682[points], wanted_682[points]
        way = (wanted - wanted.mean(0)) @ down_2 - (drawn - drawn.mean(0)) @ down_2
        way = np.sign(way) * np.maximum(np.abs(way) - ignored_px, 0)
        is_open, will_open = (max(0.0, _opening(points_682, pairs, down_2)) for points_682 in (drawn_682, wanted_682))
        if will_open > most_growth * is_open:
            way *= (most_growth - 1) * is_open / (will_open - is_open)
        moves_682[points] = way[:, None] * down_2
    return moves_682


def _opening(points_682: NDArray[np.float64], pairs: tuple[tuple[int, int], ...], down_2: NDArray[np.float64]) -> float:
    return float(np.mean([(points_682[lower] - points_682[upper]) @ down_2 for upper, lower in pairs]))


def pull(
    face_HW3: NDArray[np.float32], points_N2: NDArray[np.float64], moves_N2: NDArray[np.float64], *, reach_px: float
) -> NDArray[np.float32]:
    """The face with points moved and what is around them moved along, less the farther away.

    Args:
        face_HW3: RGB in [0, 1].
        points_N2: Points, px.
        moves_N2: Where they go to from there, px.
        reach_px: Sigma of the pull.

    Source:
        Scattered interpolation by Gaussian radial basis functions, with a ridge; Buhmann 2003, chapter 1.
    """
    if not moves_N2.any():
        return face_HW3
    arrived_N2 = points_N2 + moves_N2  # asked from where things come, not where they go
    between_NN = _nearness(arrived_N2, arrived_N2, reach_px)
    pulls_N2 = np.linalg.solve(between_NN + _EASE * np.eye(len(points_N2)), moves_N2)
    height, width = face_HW3.shape[:2]
    step = max(1.0, reach_px / 4)  # the field is smooth: a coarse grid, enlarged
    rows, columns = int(np.ceil(height / step)) + 1, int(np.ceil(width / step)) + 1
    y, x = np.meshgrid(np.arange(rows) * step, np.arange(columns) * step, indexing="ij")
    grid = np.stack([x, y], -1).reshape(-1, 2).astype(np.float64)
    field = (_nearness(grid, arrived_N2, reach_px) @ pulls_N2).reshape(rows, columns, 2)
    place_y, place_x = np.mgrid[:height, :width].astype(np.float32)
    smooth = np.asarray(
        cv2.remap(field.astype(np.float32), place_x / np.float32(step), place_y / np.float32(step), cv2.INTER_LINEAR)
    )
    warped = cv2.remap(
        face_HW3, place_x - smooth[..., 0], place_y - smooth[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.clip(np.asarray(warped, np.float32), 0.0, 1.0)


def _nearness(places_M2: NDArray[np.float64], points_N2: NDArray[np.float64], reach_px: float) -> NDArray[np.float64]:
    squared_MN = np.square(places_M2[:, None] - points_N2[None]).sum(-1)
    return np.exp(-squared_MN / (2 * reach_px**2))
