"""How far the swapped face's expression strays from the footage's, head pose and size taken out."""

import numpy as np

from faceswap_lab.core.errors import NoFaceError, ShapeError
from faceswap_lab.faces.face import OUTER_EYES, FloatArray

# What the skull holds in place; the rest of brows, lids and lips moves with the expression, and the jaw with hair.
RIGID = np.array([17, 21, 22, 26, *range(27, 36), 36, 39, 42, 45])
MOVING = np.array([18, 19, 20, 23, 24, 25, 37, 38, 40, 41, 43, 44, 46, 47, *range(48, 68)])


def expression_error(swapped_682: FloatArray, footage_682: FloatArray) -> float:
    """Mean distance of brows, lids and lips once the rigid points are laid over one another.

    Formula: ``mean_i |A s_i - f_i| / |f_36 - f_45|`` over the moving points i, where the affine map A carries the rigid
    points of s onto those of f by least squares: to first order, a head turned, moved or scaled in space. Range: 0
    (ideal) and up, in distances of the outer eye corners; the lower, the better. People whose lips and brows are built
    differently keep a part of it even where the expression is the same.

    Args:
        swapped_682: Landmarks of the swapped face, px.
        footage_682: Landmarks of the footage's face, px of any frame.

    Raises:
        NoFaceError: The eye corners coincide.
        ShapeError: The landmarks are not (68, 2).

    Source:
        Normalised mean error of landmarks, Sagonas et al., ICCV-W 2013 (300-W), behind an affine alignment.
    """
    if swapped_682.shape != (68, 2) or footage_682.shape != (68, 2):
        raise ShapeError(f"need landmarks of shape (68, 2), got {swapped_682.shape} and {footage_682.shape}")
    eyes = float(np.linalg.norm(footage_682[OUTER_EYES[0]] - footage_682[OUTER_EYES[1]]))
    if eyes == 0.0:
        raise NoFaceError("the outer eye corners coincide, so nothing of the face has a scale")
    swapped_683 = np.column_stack([swapped_682, np.ones(68)])
    affine_32 = np.linalg.lstsq(swapped_683[RIGID], footage_682[RIGID], rcond=None)[0]
    apart_N = np.linalg.norm(swapped_683[MOVING] @ affine_32 - footage_682[MOVING], axis=1)
    return float(apart_N.mean()) / eyes
