"""What shows between parted lips: a dark cavity, a tongue and the upper teeth, on a page of texture of its own.

The page hangs on the skull behind the lips, so it turns with the head and the lips slide over it. Shape letters: V
vertices, T triangles, P side of the page.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from faceswap_lab.data.portrait import FloatArray, Image
from faceswap_lab.data.portrait_layers import PortraitLayers
from faceswap_lab.data.portrait_mesh import HeadMesh, IndexArray

_COLUMNS, _ROWS = 9, 3


@dataclass(frozen=True, slots=True, eq=False)
class MouthPage:
    """The inside of the mouth: a curved sheet behind the lips and its picture.

    Attributes:
        picture: RGB uint8.
        rest_V3: Vertices in head units.
        texture_V2: Where each vertex takes its colour, pixels of ``picture``.
        triangles_T3: Vertex indices.
    """

    picture: Image
    rest_V3: FloatArray
    texture_V2: FloatArray
    triangles_T3: IndexArray


def paint_mouth(layers: PortraitLayers, mesh: HeadMesh, *, has_teeth: bool) -> MouthPage:
    """Paints the inside of a portrait's mouth.

    Args:
        layers: The portrait's layers.
        mesh: Its mesh.
        has_teeth: Takes the teeth from the portrait, whose lips are parted; otherwise they are drawn.
    """
    upper = mesh.texture_V2[mesh.mouth.upper_K]
    unit = mesh.unit_px
    width = upper[-1, 0] - upper[0, 0]
    left, right = upper[0, 0] - 0.1 * unit, upper[-1, 0] + 0.1 * unit
    top, bottom = upper[:, 1].min() - 0.12 * unit, upper[:, 1].max() + 0.75 * unit
    x, y = np.meshgrid(np.arange(round(left), round(right) + 1.0), np.arange(round(top), round(bottom) + 1.0))
    across = (x - upper[[0, -1], 0].mean()) / (width / 2)  # -1 and 1 at the corners
    depth = (y - np.interp(x, upper[:, 0], upper[:, 1])) / unit  # below the upper lip
    picture = _cavity(across, depth)
    picture = _own_teeth(layers, mesh, picture, x, y) if has_teeth else _drawn_teeth(picture, across, depth)

    columns, rows = np.linspace(left, right, _COLUMNS), np.linspace(top, bottom, _ROWS)
    texture = np.array([(column, row) for row in rows for column in columns])
    xy = (texture - mesh.origin_2) / unit
    middle_x = (upper[[0, -1], 0].mean() - mesh.origin_2[0]) / unit
    z = -0.1 + 1.1 * np.square(xy[:, 0] - middle_x)  # teeth stand in an arch
    corners = np.arange(_COLUMNS * _ROWS).reshape(_ROWS, _COLUMNS)
    a, b, c, d = (corners[i : i + _ROWS - 1, j : j + _COLUMNS - 1].ravel() for i in (0, 1) for j in (0, 1))
    return MouthPage(
        picture=np.clip(np.round(picture), 0, 255).astype(np.uint8),
        rest_V3=np.column_stack([xy, z]),
        texture_V2=texture - [round(left), round(top)],
        triangles_T3=np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)]),
    )


def _cavity(across: FloatArray, depth: FloatArray) -> FloatArray:
    """Dark red, darkest at the back; a tongue low in the middle."""
    base = np.array([46.0, 17.0, 16.0]) * (0.55 + 0.45 * np.clip(depth / 0.3, 0, 1))[..., None]
    tongue = np.exp(-np.square(across / 0.5)) * 0.55 / (1 + np.exp(-(depth - 0.27) / 0.03))
    return base * (1 - tongue[..., None]) + np.array([150.0, 72.0, 68.0]) * tongue[..., None]


def _drawn_teeth(picture: FloatArray, across: FloatArray, depth: FloatArray) -> FloatArray:
    """Upper front teeth as a hint: a soft ivory band, shaded towards the corners, with faint gaps."""
    edge = 0.085 * np.sqrt(np.clip(1 - np.square(across / 0.8), 0, 1))
    opacity = 1 / (1 + np.exp((depth - edge) / 0.006)) * (np.abs(across) < 0.8)
    gaps = 1 - 0.3 * np.exp(-np.square((np.mod(across * 4.2 + 0.5, 1.0) - 0.5) / 0.07))
    shade = gaps * (1 - 0.75 * np.clip(np.abs(across) / 0.8, 0, 1) ** 2) * (0.75 + 0.25 * np.clip(depth / 0.02, 0, 1))
    teeth = np.array([205.0, 186.0, 160.0]) * shade[..., None]
    mixed = picture * (1 - opacity[..., None]) + teeth * opacity[..., None]
    return cv2.GaussianBlur(mixed, (0, 0), 0.8).astype(np.float64)


def _own_teeth(layers: PortraitLayers, mesh: HeadMesh, picture: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """The portrait's own mouth between its lips, everything else as painted."""
    slit = mesh.mouth
    loop = mesh.texture_V2[np.concatenate([slit.upper_K, slit.lower_K[-2:0:-1]])] - [x[0, 0], y[0, 0]]
    mask = np.zeros(x.shape, np.uint8)
    cv2.fillPoly(mask, [np.round(loop * 16).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=4)
    # Upwards the teeth go on behind the lip; downwards they end a little above where the lower lip hid them.
    reach = max(1, round(0.03 * mesh.unit_px))
    mask = cv2.dilate(mask, np.ones((2 * reach + 1, 1), np.uint8), anchor=(0, 2 * reach))
    mask = cv2.erode(mask, np.ones((1 + reach, 1), np.uint8), anchor=(0, 0))
    opacity = np.asarray(cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 1.2), np.float32)[..., None]
    rows, columns = slice(int(y[0, 0]), int(y[-1, 0]) + 1), slice(int(x[0, 0]), int(x[0, -1]) + 1)
    own = layers.head_HW3[rows, columns].astype(np.float64)
    return picture * (1 - opacity) + own * opacity
