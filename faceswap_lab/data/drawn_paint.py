"""Paints a drawn face around its landmarks: flat shapes, softened and shaded so that detectors see a face."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.data.animation import Light
from faceswap_lab.data.relight import apply_light

FloatArray = NDArray[np.float64]
Canvas = NDArray[np.float32]
Colour = tuple[float, float, float]
_Box = tuple[int, int, int, int]

_FINE = 2  # drawn at twice the size, so that edges come out soft


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours, RGB 0 to 255, and brush widths of a drawn person.

    Attributes:
        skin: Skin in full light.
        hair: Hair and brows.
        iris: Eyes.
        lips: Lips.
        backdrop: What the person stands before.
        clothes: What the person wears.
        brow_width: Height of the brows, head units.
        fringe: How far the hair falls into the forehead, 0 to 1.
    """

    skin: Colour
    hair: Colour
    iris: Colour
    lips: Colour
    backdrop: Colour
    clothes: Colour
    brow_width: float
    fringe: float


def paint_face(
    paint: Paint,
    landmarks_682: FloatArray,
    project: Callable[[FloatArray], FloatArray],
    *,
    unit_px: float,
    size: int,
    light: Light,
) -> NDArray[np.uint8]:
    """Paints the picture.

    Args:
        paint: Colours.
        landmarks_682: Where the face is, px.
        project: Takes points of the turned head, (N, 3) in head units, to pixels, (N, 2).
        unit_px: Outer-eye distance of the unturned head, px.
        size: Side of the image, px.
        light: The light.
    """
    # Pixel centres are integers: (p + 0.5) * 2 - 0.5 is the same place in the fine picture.
    brush = _Brush(size * _FINE, unit_px * _FINE)
    points = (landmarks_682 + 0.5) * _FINE - 0.5

    def place(points_N3: FloatArray) -> FloatArray:
        return (project(points_N3) + 0.5) * _FINE - 0.5

    skin = np.array(paint.skin)
    brush.backdrop(np.array(paint.backdrop))
    _body(brush, paint, points)
    _hair(brush, paint, place, behind=True)
    face = np.concatenate([points[:17], place(_forehead())])
    brush.blob(face, skin, soft=0.01)
    brush.round_off(face)
    _features(brush, paint, points, skin)
    _hair(brush, paint, place, behind=False)
    canvas = cv2.GaussianBlur(brush.canvas, (0, 0), 0.8)
    image = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
    return apply_light(np.clip(np.round(image), 0, 255).astype(np.uint8), light)


class _Brush:
    """A canvas and the few strokes that faces need; widths and softness in head units.

    Every stroke works in the box it touches alone, which makes a small stroke cheap on a large canvas.
    """

    def __init__(self, side: int, unit: float) -> None:
        self.canvas: Canvas = np.zeros((side, side, 3), np.float32)
        self._side, self._unit = side, unit

    def backdrop(self, colour: FloatArray) -> None:
        """A plain wall, lighter at the top left."""
        ramp = np.linspace(1.12, 0.85, self._side, dtype=np.float32)
        self.canvas[...] = colour.astype(np.float32) * ((ramp[:, None] + ramp[None]) / 2)[..., None]

    def blob(self, polygon_N2: FloatArray, colour: FloatArray, *, soft: float = 0.0, opacity: float = 1.0) -> None:
        """A filled polygon."""
        box = self._box(polygon_N2, soft)
        self._lay(box, self._filled(polygon_N2, box, soft), colour, opacity)

    def line(
        self, points_N2: FloatArray, colour: FloatArray, *, width: float, soft: float = 0.0, opacity: float = 1.0
    ) -> None:
        """A polyline."""
        box = self._box(points_N2, soft + width / 2)
        mask = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
        thick = max(1, round(width * self._unit))
        cv2.polylines(mask, [_fixed(points_N2, box)], False, 255, thick, cv2.LINE_AA, shift=4)
        self._lay(box, self._softened(mask, soft), colour, opacity)

    def dot(
        self, centre_2: FloatArray, radius: float, colour: FloatArray, *, soft: float = 0.0, within: FloatArray | None
    ) -> None:
        """A disc, only where the polygon ``within`` shows it (None: everywhere)."""
        angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        disc = centre_2 + radius * self._unit * np.stack([np.cos(angles), np.sin(angles)], 1)
        box = self._box(disc, soft)
        mask = self._filled(disc, box, soft)
        if within is not None:
            mask = mask * self._filled(within, box, 0.0)
        self._lay(box, mask, colour, 1.0)

    def round_off(self, polygon_N2: FloatArray) -> None:
        """Darkens a shape towards its rim, more so at its lower right, as a round thing looks in a lit room."""
        box = self._box(polygon_N2, 0.0)
        rim = 1 - self._filled(polygon_N2 - [0.10 * self._unit, 0.08 * self._unit], box, 0.22)
        self._lay(box, self._filled(polygon_N2, box, 0.0) * rim, np.zeros(3), 0.38)

    def _box(self, points_N2: FloatArray, margin: float) -> _Box:
        """The part of the canvas that a stroke may touch: left, top, right, bottom."""
        reach = 3 * margin * self._unit + 2
        low = np.clip(np.floor(points_N2.min(0) - reach), 0, self._side).astype(int)
        high = np.clip(np.ceil(points_N2.max(0) + reach) + 1, 0, self._side).astype(int)
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def _filled(self, polygon_N2: FloatArray, box: _Box, soft: float) -> Canvas:
        mask = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
        if mask.size:
            cv2.fillPoly(mask, [_fixed(polygon_N2, box)], 255, lineType=cv2.LINE_AA, shift=4)
        return self._softened(mask, soft)

    def _softened(self, mask: NDArray[np.uint8], soft: float) -> Canvas:
        sigma = soft * self._unit
        soft_mask = cv2.GaussianBlur(mask, (0, 0), sigma) if sigma > 0.3 and mask.size else mask
        return (np.asarray(soft_mask, np.float32) / np.float32(255))[..., None]

    def _lay(self, box: _Box, mask: Canvas, colour: FloatArray, opacity: float) -> None:
        below = self.canvas[box[1] : box[3], box[0] : box[2]]
        below += (colour.astype(np.float32) - below) * (mask * np.float32(opacity))


def _fixed(points_N2: FloatArray, box: _Box) -> NDArray[np.int32]:
    """Points in the box, in sixteenths of a pixel, as cv2 takes them."""
    return np.round((points_N2 - box[:2]) * 16).astype(np.int32)


def _forehead() -> FloatArray:
    """The outline from the right ear over the forehead to the left ear, head units."""
    angles = np.linspace(0.08, np.pi - 0.08, 12)
    x, y = 0.84 * np.cos(angles), -0.05 - 0.78 * np.sin(angles)
    return np.stack([x, y, 0.75 - 0.75 * np.sin(angles) ** 2], axis=1)


def _body(brush: _Brush, paint: Paint, points: FloatArray) -> None:
    """Neck and shoulders, which stay upright below the jaw."""
    left, chin, right = points[4], points[8], points[12]
    side = len(brush.canvas)
    width = right[0] - left[0]
    neck_x = chin[0] + np.array([-0.36, 0.36]) * width
    neck = np.array([[neck_x[0], left[1]], [neck_x[1], right[1]], [neck_x[1], side], [neck_x[0], side]])
    shoulders_y = chin[1] + 0.25 * width
    shoulders = np.array(
        [
            [neck_x[0], shoulders_y],
            [neck_x[1], shoulders_y],
            [neck_x[1] + 0.9 * width, shoulders_y + 0.4 * width],
            [neck_x[1] + width, side + width],
            [neck_x[0] - width, side + width],
            [neck_x[0] - 0.9 * width, shoulders_y + 0.4 * width],
        ]
    )
    brush.blob(neck, 0.72 * np.array(paint.skin), soft=0.02)
    brush.blob(shoulders, np.array(paint.clothes), soft=0.02)


def _hair(brush: _Brush, paint: Paint, place: Callable[[FloatArray], FloatArray], *, behind: bool) -> None:
    """Hair: a cap behind the face, then a rim around the forehead."""
    angles = np.linspace(-0.25, np.pi + 0.25, 24)
    x, y = np.cos(angles), -np.sin(angles)
    outer = np.stack([1.02 * x, -0.12 + 1.02 * y, np.full_like(x, 0.8)], axis=1)
    if behind:
        brush.blob(place(outer), np.array(paint.hair), soft=0.03)
        return
    depth = 0.75 - 0.72 * np.sin(np.clip(angles, 0, np.pi)) ** 2
    low = 0.6 - 0.18 * paint.fringe
    inner = np.stack([0.8 * x, -0.05 + low * y, depth], axis=1)
    rim = np.concatenate([place(outer), place(inner)[::-1]])
    brush.blob(rim, np.array(paint.hair), soft=0.03)
    shine = np.stack([0.6 * x, -0.2 + 0.72 * y, depth], axis=1)[6:14]
    brush.line(place(shine), 1.6 * np.array(paint.hair) + 18, width=0.08, soft=0.06, opacity=0.5)


def _features(brush: _Brush, paint: Paint, points: FloatArray, skin: FloatArray) -> None:
    """Eyes, brows, nose and mouth."""
    shadow, dark = 0.62 * skin, 0.3 * skin
    cheek = 0.8 * skin + 0.2 * np.array([205.0, 90.0, 80.0])
    for eye, brow, nostril in ((points[36:42], points[17:22], points[31]), (points[42:48], points[22:27], points[35])):
        centre = eye.mean(0)
        brush.line(np.stack([eye[0], centre, eye[3]]), shadow, width=0.24, soft=0.08, opacity=0.5)
        brush.line((centre + nostril)[None] / 2 + [[-0.5, 0.0], [0.5, 0.0]], cheek, width=0.3, soft=0.12, opacity=0.5)
        _eye(brush, eye, np.array(paint.iris), shadow, dark)
        brush.line(brow, np.array(paint.hair) * 0.8, width=paint.brow_width, soft=0.012, opacity=0.85)
    bridge, tip = points[27:31], points[30]
    brush.line(bridge, np.minimum(1.16 * skin, 255), width=0.07, soft=0.03, opacity=0.8)
    for inner_eye, wing in ((points[39], points[31]), (points[42], points[35])):
        side = np.stack([(inner_eye + bridge[0]) / 2, (wing + bridge[2]) / 2, wing])
        brush.line(side, shadow, width=0.05, soft=0.04, opacity=0.6)
    brush.dot(tip + [0.0, 0.02], 0.07, np.minimum(1.12 * skin, 255), soft=0.03, within=None)
    brush.line(points[31:36], shadow, width=0.05, soft=0.015, opacity=0.9)
    for nostril in (points[32], points[34]):
        brush.dot(nostril - [0.0, 1.0], 0.03, dark, soft=0.008, within=None)
    _mouth(brush, paint, points[48:60], points[60:68], shadow)
    for wing, corner in ((points[31], points[48]), (points[35], points[54])):
        brush.line(np.stack([wing, corner + (corner - points[51]) * 0.12]), shadow, width=0.02, soft=0.02, opacity=0.5)
    brush.line(points[6:11] * 0.85 + points[55:60][::-1] * 0.15, shadow, width=0.03, soft=0.03, opacity=0.35)


def _eye(brush: _Brush, eye: FloatArray, iris: FloatArray, shadow: FloatArray, dark: FloatArray) -> None:
    """White, iris, pupil and glint between the lids; the lids' edges and the crease above."""
    brush.blob(eye, np.array([232.0, 228.0, 224.0]), soft=0.004)
    centre = eye.mean(0)
    brush.dot(centre, 0.062, iris, soft=0.004, within=eye)
    brush.dot(centre, 0.03, np.array([14.0, 12.0, 12.0]), soft=0.003, within=eye)
    brush.dot(centre - [0.02, 0.02], 0.012, np.array([250.0, 250.0, 250.0]), within=eye)
    brush.line(eye[:4], np.minimum(dark, 48.0), width=0.028, soft=0.006)
    brush.line(eye[[0, 5, 4, 3]], dark, width=0.012, soft=0.008, opacity=0.6)
    height = np.linalg.norm(eye[[1, 2]].mean(0) - eye[[4, 5]].mean(0))
    brush.line(eye[:4] - [0.0, 0.35 * height + 3], shadow, width=0.015, soft=0.01, opacity=0.8)


def _mouth(brush: _Brush, paint: Paint, outer: FloatArray, inner: FloatArray, shadow: FloatArray) -> None:
    """Lips, the dark between them and a row of teeth below the upper lip."""
    lips = np.array(paint.lips)
    brush.blob(outer, lips, soft=0.008)
    brush.blob(np.concatenate([outer[:7], inner[4::-1]]), 0.82 * lips, soft=0.01)
    brush.blob(inner, np.array([48.0, 18.0, 20.0]), soft=0.004)
    gap = np.linalg.norm(inner[6] - inner[2])
    teeth = np.concatenate([inner[1:4], inner[3:0:-1] * 0.6 + inner[5:8] * 0.4])
    if gap > 4:
        brush.blob(teeth, np.array([214.0, 206.0, 192.0]), soft=0.008, opacity=0.9)
    brush.line(inner[:5], 0.4 * lips, width=0.015, soft=0.006, opacity=0.9)
    below = outer[7:12] + np.array([0.0, 0.03 * float(gap) + 3])
    brush.line(below, shadow, width=0.04, soft=0.03, opacity=0.5)
