"""A warp that bends a face into the shape of another identity's: the network has to undo what tells two people apart.

Shape letters as in ``warp``; L landmarks.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.warp import FaceWarp, regular_grid
from faceswap_lab.faces.geometry import FloatArray

_JAW, _CORE = slice(0, 17), slice(17, 68)


class LandmarkWarp(FaceWarp):
    """Turns one crop into the network's input, in the shape of another identity's face, and its goal, in its own.

    Eight points on the crop's frame stay where they are. A jaw's points that would cross brows, nose or mouth are left
    out. Between the points the bending is linear in triangles, sampled at a grid.

    Args:
        input_size: Side of the warped face, px.
        target_size: Side of the target, px.
        spread: Standard deviation by which each landmark strays from the other's, as a share of the crop's side.
        grid: Cells a side of the grid that the bending is sampled at.
        rotation_deg: As ``FaceWarp``, like the two below.
        scale_ratio: See there.
        shift_ratio: See there.

    Raises:
        ConfigError: A value is out of its range.

    Source:
        faceswap's warp to landmarks (dfaker), described in words; there the triangles are sampled at every pixel and
        the face is bent to one of its ten nearest, which ``NearestShapes`` draws here.
    """

    needs_shapes = True

    def __init__(
        self,
        input_size: int,
        target_size: int,
        spread: float = 2 / 256,
        grid: int = 32,
        rotation_deg: float = 10.0,
        scale_ratio: float = 0.05,
        shift_ratio: float = 0.05,
    ) -> None:
        if not 0 <= spread <= 0.1 or grid < 4:
            raise ConfigError(f"augment.warp: spread={spread} must be from 0 to 0.1, grid={grid} at least 4")
        super().__init__(
            input_size,
            target_size,
            rotation_deg=rotation_deg,
            scale_ratio=scale_ratio,
            shift_ratio=shift_ratio,
            cells=(grid,),
            rigid_target=False,
        )
        self.spread = spread

    def _jitter(self, side: int, rng: np.random.Generator) -> FloatArray:
        strays_L2 = rng.normal(0.0, self.spread, (68, 2))  # drawn in any case: goals share the generator of their faces
        if self.shapes is None:
            return np.zeros((side * side, 2))
        own_L2, other_L2, size = self.shapes
        bent_N2 = bend(own_L2, other_L2 + strays_L2 * size, size=size, side=side)
        return (bent_N2 - regular_grid(size, side)) * (side - 1) / size


def bend(own_L2: FloatArray, wanted_L2: FloatArray, *, size: int, side: int) -> FloatArray:
    """Where in a crop to look for each point of a grid, so that the face takes on another shape.

    Args:
        own_L2: The 68 landmarks of the face, px.
        wanted_L2: Where they are to lie.
        size: Side of the crop, px.
        side: Points a side of the grid, which reaches from edge to edge.

    Returns:
        Points in the crop, px, shape (N, 2), row by row.
    """
    kept = _outside_core(own_L2, wanted_L2)
    inside = [((points >= 0) & (points <= size - 1)).all(1) for points in (own_L2, wanted_L2)]
    kept &= inside[0] & inside[1]
    ends = np.array([-0.5, (size - 1) / 2, size - 0.5])
    frame = np.array([(x, y) for x in ends for y in ends if (x, y) != (ends[1], ends[1])])
    known = np.concatenate([wanted_L2[kept], frame])
    moves = np.concatenate([own_L2[kept] - wanted_L2[kept], np.zeros_like(frame)])
    grid_N2 = regular_grid(size, side)
    moved_N2 = LinearNDInterpolator(known, moves, fill_value=0.0)(grid_N2)
    return grid_N2 + moved_N2


def _outside_core(*shapes: FloatArray) -> NDArray[np.bool_]:
    """Which landmarks to use: all but those of the jaw that lie among brows, nose and mouth of any of the shapes."""
    hull = cv2.convexHull(np.concatenate([shape[_CORE] for shape in shapes]).astype(np.float32))
    kept = np.ones(len(shapes[0]), bool)
    for shape in shapes:
        jaw = [cv2.pointPolygonTest(hull, (float(x), float(y)), False) <= 0 for x, y in shape[_JAW]]
        kept[_JAW] &= np.array(jaw)
    return kept
