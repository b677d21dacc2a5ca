"""Which square of a face each kind of crop shows, in units of the mean face's square.

Two kinds keep their place on the face however the head turns; ``whole`` follows the middle of the head, so that a
profile is not pushed to one side with the ear cut off.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from faceswap_lab.faces.face import INNER, FloatArray
from faceswap_lab.faces.head3d import HEAD_683
from faceswap_lab.faces.mean_face import MEAN_FACE_682

CropKind = Literal["face", "head", "whole", "legacy"]


@dataclass(frozen=True, slots=True)
class CropGeometry:
    """A square on the mean face.

    Attributes:
        side: Side of the square, in sides of the mean face's square.
        centre: Its middle on a face that looks ahead, in the same unit.
        depth: How far behind the face the point lies that the middle follows when the head turns, in distances of the
            outer eye corners; None: the middle stays where it is.
    """

    side: float
    centre: tuple[float, float]
    depth: float | None = None


# The square that the 51 inner points fill; padding is counted from it, as in the tools that `legacy` is named after.
_INNER_LOW, _INNER_HIGH = MEAN_FACE_682[INNER].min(0), MEAN_FACE_682[INNER].max(0)
_INNER_SIDE = float((_INNER_HIGH - _INNER_LOW).max())
_INNER_MIDDLE = (_INNER_LOW + _INNER_HIGH) / 2

CROP_KINDS: dict[str, CropGeometry] = {
    # From the middle of the forehead to below the chin and from ear to ear: skin enough above the brows to blend on,
    # and a network spends little on hair and background.
    "face": CropGeometry(1.2, (0.5, 0.46)),
    # Above the hair and to both sides of it.
    "head": CropGeometry(2.1, (0.5, 0.27)),
    # From the hairline to below the chin. The followed point lies between nose and ears: on nine faces with yaws of 25
    # to 71 degrees a depth of 0.4 keeps all 68 points 11 % of the side away from the edges and one of 0.6 16 %, where a
    # fixed middle leaves 0 %.
    "whole": CropGeometry(1.65, (0.5, 0.32), depth=0.5),
    # The narrow square of older tools, padded by 3/8 of its side around the tip of the nose: no forehead.
    "legacy": CropGeometry(_INNER_SIDE / (1 - 0.375), (float(_INNER_MIDDLE[0]), float(_INNER_MIDDLE[1]))),
}


def centre_in_mean_face(kind: str, landmarks_682: FloatArray) -> FloatArray:
    """Where the middle of a crop lies on one face, in the mean face's unit, shape (2,).

    Args:
        kind: One of ``CROP_KINDS``.
        landmarks_682: The face's landmarks carried onto the mean face, shape (68, 2).

    Returns:
        The middle: fixed for kinds without ``depth``, else moved as the point inside the head moves in the picture.
    """
    geometry = CROP_KINDS[kind]
    centre = np.array(geometry.centre)
    if geometry.depth is None:
        return centre
    point = np.array([0.0, 0.0, geometry.depth])
    return centre + point @ (_head_axes(landmarks_682) - _head_axes(MEAN_FACE_682))


def _head_axes(landmarks_682: FloatArray) -> FloatArray:
    """Where the head's three axes point in the picture, shape (3, 2): an affine camera fitted to the inner points.

    Linear in the landmarks, so that the crop moves as smoothly as they do, without the jumps of an iterated fit.
    """
    head = HEAD_683[INNER]
    known = np.column_stack([head, np.ones(len(head))])
    return np.asarray(np.linalg.lstsq(known, landmarks_682[INNER], rcond=None)[0][:3], np.float64)
