"""How the skin of a portrait's head moves: mouth, smile, brows and lids as displacements of the mesh's vertices.

Every expression is one displacement field, computed once and then scaled, so that a frame's shape is a handful of
multiplications. Distances are head units (outer eye corners 1 apart), x right, y down, z away from the camera.
Shape letters: V vertices, N points, K knots of a slit.
"""

import numpy as np

from faceswap_lab.data.animation import Moment
from faceswap_lab.data.portrait import FloatArray
from faceswap_lab.data.portrait_mesh import LASH_SHARE, HeadMesh, Slit

_HINGE_YZ = (0.3, 0.8)  # the jaw's joints, before the ears


class Expressions:
    """Shapes a head at rest into the expression of a moment.

    Args:
        mesh: The head at rest.
        brow_clear: How far above the upper lids the movement of the brows begins, head units.
        lid_height: Height of the skin above the upper lids that stretches in a blink, head units.
    """

    def __init__(self, mesh: HeadMesh, *, brow_clear: float, lid_height: float) -> None:
        self._rest = mesh.rest_V3
        centre = len(mesh.mouth.upper_K) // 2
        upper, lower = self._rest[mesh.mouth.upper_K[centre]], self._rest[mesh.mouth.lower_K[centre]]
        self._rest_opening = float(lower[1] - upper[1])
        # Vertices behind the lids are the last ones; nothing but the head itself moves them.
        is_skin = np.arange(len(self._rest)) < mesh.eyeballs_T3.min()
        self._jaw = _jaw(self._rest, mesh.mouth) * is_skin[:, None]
        self._close = _close_lips(self._rest, mesh.mouth) * is_skin[:, None]
        self._smile = _smile(self._rest, mesh) * is_skin[:, None]
        self._brow = _brow(self._rest, mesh, brow_clear) * is_skin[:, None]
        self._lids = sum(_lids(self._rest, eye, lid_height) for eye in mesh.eyes) * is_skin[:, None]

    def shape(self, moment: Moment) -> FloatArray:
        """The vertices of the head with the moment's expression, before it turns; shape (V, 3), head units."""
        opening = moment.mouth_opening
        if opening >= self._rest_opening:
            mouth = (opening - self._rest_opening) * self._jaw
        else:
            mouth = (1 - opening / self._rest_opening) * self._close
        return self._rest + mouth + moment.smile * self._smile + moment.brow * self._brow + moment.lids * self._lids


def _smooth_step(values: FloatArray, start: float, end: float) -> FloatArray:
    """0 up to ``start``, 1 from ``end`` on, smooth in between."""
    share = np.clip((values - start) / (end - start), 0.0, 1.0)
    return share * share * (3 - 2 * share)


def _bump(points_V2: FloatArray, centre_2: FloatArray, sigma: float) -> FloatArray:
    return np.exp(-np.square(points_V2 - centre_2).sum(1) / (2 * sigma**2))


def _along(rest_V3: FloatArray, slit: Slit) -> tuple[FloatArray, FloatArray, FloatArray]:
    """By every vertex's x: y of the slit's upper and lower edge, and a profile 1 at its middle, 0 at its ends."""
    upper, lower = rest_V3[slit.upper_K], rest_V3[slit.lower_K]
    x = rest_V3[:, 0]
    middle, half = (upper[0, 0] + upper[-1, 0]) / 2, (upper[-1, 0] - upper[0, 0]) / 2
    profile = np.clip(1 - np.square((x - middle) / half), 0, 1)
    return np.interp(x, upper[:, 0], upper[:, 1]), np.interp(x, lower[:, 0], lower[:, 1]), profile


def _is_below(rest_V3: FloatArray, slit: Slit) -> FloatArray:
    """1 for vertices of the lower edge and beneath, 0 for the upper edge and above."""
    upper_y, lower_y, _ = _along(rest_V3, slit)
    below = rest_V3[:, 1] > (upper_y + lower_y) / 2
    below[slit.upper_K] = False
    below[slit.lower_K[1:-1]] = True
    return below.astype(np.float64)


def _jaw(rest_V3: FloatArray, mouth: Slit) -> FloatArray:
    """The jaw turning about its joints by so much that the lips part by 1 in the middle."""
    upper_y, _, profile = _along(rest_V3, mouth)
    below = _is_below(rest_V3, mouth)
    corner_y = rest_V3[mouth.upper_K[[0, -1]], 1].mean()
    # Beside the mouth the cheek hands the movement down from the nose to the chin; between the lips it jumps.
    cheek = _smooth_step(rest_V3[:, 1], corner_y - 0.17, corner_y + 0.26)
    share = (1 - profile) * cheek + profile * below
    lift = 0.06 * profile * (1 - below) * np.exp(-np.square((rest_V3[:, 1] - upper_y) / 0.12))
    hinge_y, hinge_z = _HINGE_YZ
    arm = np.clip(hinge_z - rest_V3[:, 2], 0.0, None)
    lip_arm = hinge_z - rest_V3[mouth.lower_K[len(mouth.lower_K) // 2], 2]
    down = share * arm / lip_arm
    back = share * np.clip(rest_V3[:, 1] - hinge_y, 0.0, None) / lip_arm
    field = np.column_stack([np.zeros_like(down), down - lift, back])
    for corner, inwards in ((mouth.upper_K[0], 1.0), (mouth.upper_K[-1], -1.0)):
        field[:, 0] += 0.12 * inwards * _bump(rest_V3[:, :2], rest_V3[corner, :2], 0.12)
    middle_upper, middle_lower = mouth.upper_K[len(mouth.upper_K) // 2], mouth.lower_K[len(mouth.lower_K) // 2]
    return field / (field[middle_lower, 1] - field[middle_upper, 1])


def _close_lips(rest_V3: FloatArray, mouth: Slit) -> FloatArray:
    """The lips meeting, the lower one doing three quarters; lips keep their height, the skin beyond gives."""
    upper_y, lower_y, profile = _along(rest_V3, mouth)
    gap = np.where(profile > 0, lower_y - upper_y, 0.0)
    below = _is_below(rest_V3, mouth)
    reach = np.where(below > 0, rest_V3[:, 1] - lower_y, upper_y - rest_V3[:, 1])
    fade = 1 - _smooth_step(reach, 0.1, 0.4)
    field = np.zeros_like(rest_V3)
    field[:, 1] = gap * fade * np.where(below > 0, -0.8, 0.25)  # more than 1 in all: lips press
    return field


def _smile(rest_V3: FloatArray, mesh: HeadMesh) -> FloatArray:
    """Corners of the mouth out, up and back along the teeth, cheeks lifted."""
    field = np.zeros_like(rest_V3)
    for corner, outwards in ((mesh.mouth.upper_K[0], -1.0), (mesh.mouth.upper_K[-1], 1.0)):
        at = rest_V3[corner, :2]
        field += np.outer(_bump(rest_V3[:, :2], at, 0.16), [0.06 * outwards, -0.055, 0.05])
        cheek = at + [0.12 * outwards, -0.3]
        field += np.outer(_bump(rest_V3[:, :2], cheek, 0.15), [0.0, -0.03, -0.03])
    return field


def _brow(rest_V3: FloatArray, mesh: HeadMesh, clear: float) -> FloatArray:
    """Brows lifted, the forehead above giving way, lids and what lies ``clear`` above them left alone."""
    field = np.zeros_like(rest_V3)
    for eye, brow in zip(mesh.eyes, (range(17, 22), range(22, 27)), strict=True):
        points = rest_V3[mesh.landmarks_68[list(brow)], :2]
        weight = np.max([_bump(rest_V3[:, :2], point, 0.12) for point in points], axis=0)
        upper_y, _, _ = _along(rest_V3, eye)
        field[:, 1] -= 0.075 * weight * _smooth_step(upper_y - rest_V3[:, 1], clear, clear + 0.1)
    return field


def _lids(rest_V3: FloatArray, eye: Slit, height: float) -> FloatArray:
    """The upper lid down over the eye, stretching the skin of ``height`` above it; the lower lid a little up."""
    upper_y, lower_y, profile = _along(rest_V3, eye)
    gap = np.where(profile > 0, lower_y - upper_y, 0.0)
    below = _is_below(rest_V3, eye)
    reach = np.where(below > 0, rest_V3[:, 1] - lower_y, upper_y - rest_V3[:, 1])
    fade = 1 - np.clip((reach / height - LASH_SHARE) / (1 - LASH_SHARE), 0.0, 1.0)
    field = np.zeros_like(rest_V3)
    field[:, 1] = gap * fade * np.where(below > 0, -0.1, 0.9)
    return field
