"""Renders an animated portrait: one moment in, one frame and its exact landmarks out.

The head's triangles are turned in space, drawn from far to near into a map that says where each pixel takes its
colour, and the map is applied once (piecewise affine warping, own code). Head over plate, then the light. Axes and
units as in ``portrait_mesh``. Shape letters: V vertices, T triangles, H, W and S sides in pixels.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.data.animation import Light, Moment, head_rotation
from faceswap_lab.data.portrait import FloatArray, Image, Portrait
from faceswap_lab.data.portrait_expression import Expressions
from faceswap_lab.data.portrait_layers import split_portrait
from faceswap_lab.data.portrait_mesh import PIVOT_3, build_mesh
from faceswap_lab.data.portrait_mouth import paint_mouth
from faceswap_lab.data.relight import apply_light

FloatImage = NDArray[np.float32]

_FOCAL = 9.0  # distance of the camera in head units, about 80 cm
_THIN_PX = 1.0  # height below which a triangle counts as seen edge-on
_SEAM_PX = 5.0  # neighbours that take their colours farther apart than this do not belong together
_SHIFT = 4  # fractional bits of the corners' coordinates in cv2.fillConvexPoly
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


class PortraitRenderer:
    """Animates one portrait.

    Args:
        portrait: Whom.
        frame_px: Side of the square frames, px.
    """

    def __init__(self, portrait: Portrait, *, frame_px: int = 512) -> None:
        self._layers = split_portrait(portrait, frame_px=frame_px)
        scale = self._layers.px_per_px
        self._mesh = mesh = build_mesh(self._layers, lid_px=portrait.lid_px * scale)
        unit = mesh.unit_px
        self._expressions = Expressions(
            mesh, brow_clear=portrait.brow_px * scale / unit, lid_height=portrait.lid_px * scale / unit
        )
        page = paint_mouth(self._layers, mesh, has_teeth=portrait.has_teeth)
        self._page_rest = page.rest_V3
        # One picture for everything that turns with the head: the page of the mouth lies below the head's layer.
        head = np.dstack([self._layers.head_HW3, self._layers.alpha_HW])
        below = np.full((page.picture.shape[0], head.shape[1], 4), 255, np.uint8)
        below[:, : page.picture.shape[1], :3] = page.picture
        self._atlas = np.concatenate([head, below])
        self._texture = np.concatenate([mesh.texture_V2, page.texture_V2 + [0.0, len(head)]])
        behind = np.concatenate([page.triangles_T3 + len(mesh.rest_V3), mesh.eyeballs_T3])
        self._triangles = np.concatenate([behind, mesh.skin_T3])
        self._num_behind = len(behind)
        self._normals = _normals(self._expressions.shape(Moment(mouth_opening=0.1)), mesh.skin_T3)

    def render(self, moment: Moment) -> tuple[Image, FloatArray]:
        """One frame.

        Returns:
            The frame, RGB uint8 of shape (S, S, 3), and the landmarks as they lie in it, pixels, shape (68, 2). Jaw
            landmarks are those of the portrait, fixed to the skin, also where the cheek hides them.
        """
        camera = self._camera(moment)
        head = np.concatenate([self._expressions.shape(moment), self._page_rest])
        rotation = head_rotation(moment)
        turned = (head - PIVOT_3) @ rotation.T + PIVOT_3 + [*moment.sway_2, 0.0]
        near = _FOCAL / (_FOCAL + turned[:, 2:])
        in_layer = self._mesh.origin_2 + self._mesh.unit_px * (turned[:, :2] - PIVOT_3[:2]) * near
        in_layer += self._mesh.unit_px * PIVOT_3[:2]
        in_frame = in_layer @ camera[:, :2].T + camera[:, 2]

        frame = self._draw_plate(moment, camera)
        shade = self._shade(rotation, moment.light)
        self._draw_head(frame, in_frame, turned[:, 2], shade)
        return apply_light(frame, moment.light), in_frame[self._mesh.landmarks_68]

    def _camera(self, moment: Moment) -> FloatArray:
        """Layer to frame: the still view, then zoom about the frame's middle and drift."""
        size = self._layers.frame_px
        middle = (size - 1) / 2
        matrix = self._layers.view_to_frame_23 * moment.scale
        matrix[:, 2] += middle * (1 - moment.scale) + size * np.array(moment.shift_2)
        return matrix

    def _draw_plate(self, moment: Moment, camera_23: FloatArray) -> Image:
        """The plate as the camera sees it, its neck drawn along with the head's sway."""
        size = self._layers.frame_px
        scale = camera_23[0, 0]
        follow = cv2.warpAffine(self._layers.follow_HW, camera_23, (size, size))
        roll = np.radians(moment.roll_deg) * 0.5  # the jaw swings aside as the head tilts about its pivot
        drift = self._mesh.unit_px * (np.array(moment.sway_2) + [-roll * 0.6, 0.0])
        x = (np.arange(size, dtype=np.float32) - np.float32(camera_23[0, 2])) / np.float32(scale)
        y = (np.arange(size, dtype=np.float32) - np.float32(camera_23[1, 2])) / np.float32(scale)
        map_x = x[None] - follow * np.float32(drift[0])
        map_y = y[:, None] - follow * np.float32(drift[1])
        plate = cv2.remap(self._layers.plate_HW3, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(plate, np.uint8)

    def _shade(self, rotation_33: FloatArray, light: Light) -> NDArray[np.float32]:
        """Brightness of each skin vertex against the portrait's own light: what faces the light turns brighter."""
        towards = np.array([1.1 * light.slope_2[0], -0.35 + 1.1 * light.slope_2[1], -1.0])
        towards /= np.linalg.norm(towards)
        was = self._normals @ (np.array([0.0, -0.35, -1.0]) / np.linalg.norm([0.0, -0.35, -1.0]))
        now = self._normals @ rotation_33.T @ towards
        shade = np.clip(1 + 0.55 * (np.maximum(now, -0.1) - np.maximum(was, -0.1)), 0.55, 1.4)
        return np.concatenate([shade, np.ones(len(self._page_rest))]).astype(np.float32)

    def _draw_head(
        self, frame: Image, points_V2: FloatArray, depth_V: FloatArray, shade_V: NDArray[np.float32]
    ) -> None:
        """Draws the head into the frame, in place."""
        low = np.clip(np.floor(points_V2.min(0)).astype(int) - 2, 0, frame.shape[0])
        high = np.clip(np.ceil(points_V2.max(0)).astype(int) + 3, 0, frame.shape[0])
        if (high - low < 4).any():
            return
        view = frame[low[1] : high[1], low[0] : high[0]]
        corners = (points_V2 - low)[self._triangles]
        slits = (*self._mesh.eyes, self._mesh.mouth)
        openings = [(points_V2 - low)[np.concatenate([s.upper_K, s.lower_K[-2:0:-1]])] for s in slits]
        labels = self._paint_labels(corners, openings, depth_V, view.shape[:2])
        source = np.column_stack([self._texture, shade_V.astype(np.float64)])[self._triangles]
        maps = _affine_maps(corners, source)
        at = maps[labels]
        x = np.arange(view.shape[1], dtype=np.float32)
        y = np.arange(view.shape[0], dtype=np.float32)[:, None]
        map_x = np.asarray(at[..., 0] * x + at[..., 1] * y + at[..., 2], np.float32)
        map_y = np.asarray(at[..., 3] * x + at[..., 4] * y + at[..., 5], np.float32)
        shade = at[..., 6] * x + at[..., 7] * y + at[..., 8]
        drawn = cv2.remap(self._atlas, map_x, map_y, cv2.INTER_LINEAR).astype(np.float32)
        covered = (labels > 0).astype(np.float32)
        # Where the head hides part of itself its edge is a triangle's, not the soft edge of the layer: soften it.
        covered = np.clip(2 * cv2.GaussianBlur(covered, (5, 5), 0) - 1, 0, 1)
        # A soft edge that the turn draws out across many pixels is made as narrow again.
        narrower = 1 / np.clip(np.abs(at[..., 0]), 0.2, 1.0)
        opacity = np.clip((drawn[..., 3] / 255 - 0.5) * narrower + 0.5, 0, 1) * covered
        opacity = opacity[..., None]
        colour = drawn[..., :3] * cv2.GaussianBlur(shade, (5, 5), 0)[..., None]
        colour = _soften_seams(colour, map_x, map_y, labels > 0)
        blended = view + (colour - view) * opacity
        view[...] = np.clip(blended + 0.5, 0, 255).astype(np.uint8)

    def _paint_labels(
        self, corners_T32: FloatArray, openings: list[FloatArray], depth_V: FloatArray, shape: tuple[int, ...]
    ) -> NDArray[np.int32]:
        """For each pixel 1 + the triangle that shows there, 0 for none: far ones first, what faces away left out."""
        edges = corners_T32[:, 1:] - corners_T32[:, :1]
        area = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
        labels = np.zeros(shape[:2], np.int32)
        order = np.argsort(-depth_V[self._triangles].mean(1), kind="stable")
        order = order[np.sign(area[order]) == self._facing[order]]
        fixed = np.round(corners_T32 * (1 << _SHIFT)).astype(np.int32)
        for index in order[order < self._num_behind].tolist():
            cv2.fillConvexPoly(labels, fixed[index], index + 1, lineType=cv2.LINE_8, shift=_SHIFT)
        # The mouth's page is larger than the mouth and must not hang out below the chin.
        seen = np.zeros(shape[:2], np.uint8)
        for loop_N2 in openings:
            cv2.fillPoly(seen, [np.round(loop_N2 * (1 << _SHIFT)).astype(np.int32)], 1, shift=_SHIFT)
        labels[cv2.dilate(seen, np.ones((5, 5), np.uint8)) == 0] = 0
        for index in order[order >= self._num_behind].tolist():
            cv2.fillConvexPoly(labels, fixed[index], index + 1, lineType=cv2.LINE_8, shift=_SHIFT)
        return labels

    @property
    def _facing(self) -> FloatArray:
        """Sign of each triangle's area as the portrait shows it."""
        corners = self._texture[self._triangles]
        edges = corners[:, 1:] - corners[:, :1]
        return np.sign(edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0])


def _normals(points_V3: FloatArray, triangles_T3: NDArray[np.intp]) -> FloatArray:
    """Unit normals of the vertices, pointing at the camera; those of no triangle face it squarely."""
    a, b, c = points_V3[triangles_T3].swapaxes(0, 1)
    faces = np.cross(b - a, c - a)
    faces *= -np.sign(faces[:, 2:])
    normals = np.zeros_like(points_V3)
    for corner in range(3):
        np.add.at(normals, triangles_T3[:, corner], faces)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 0, normals / np.maximum(length, 1e-12), [0.0, 0.0, -1.0])


def _affine_maps(corners_T32: FloatArray, source_T33: FloatArray) -> NDArray[np.float32]:
    """Per label nine numbers: (a, b, c) with value = a x + b y + c, for texture x, texture y and shade; row 0 empty."""
    ones = np.ones((*corners_T32.shape[:2], 1))
    system = np.concatenate([corners_T32, ones], axis=2)
    sides = np.linalg.norm(corners_T32 - np.roll(corners_T32, 1, axis=1), axis=2)
    # A triangle seen edge-on would be stretched without bounds: it gets the colour of its middle.
    flat = np.abs(np.linalg.det(system)) < _THIN_PX * sides.max(1)
    system[flat] = np.eye(3)
    maps = np.linalg.solve(system, source_T33).swapaxes(1, 2)
    maps[flat] = 0.0
    maps[flat, :, 2] = source_T33[flat].mean(1)
    maps = maps.reshape(-1, 9)
    empty = np.array([[0, 0, -8, 0, 0, -8, 0, 0, 1]])
    return np.concatenate([empty, maps]).astype(np.float32)


def _soften_seams(colour: FloatImage, map_x: FloatImage, map_y: FloatImage, inside: NDArray[np.bool_]) -> FloatImage:
    """Antialiases where the head hides part of itself: at lids, lips and nose, where the map jumps."""
    jump = np.zeros(inside.shape, np.uint8)
    for of in (map_x, map_y):
        jump[:, 1:] |= np.abs(of[:, 1:] - of[:, :-1]) > _SEAM_PX
        jump[1:] |= np.abs(of[1:] - of[:-1]) > _SEAM_PX
    near = np.asarray(cv2.dilate(jump, np.ones((3, 3), np.uint8)), np.uint8)
    seam = near * np.asarray(cv2.erode(inside.astype(np.uint8), _CROSS), np.uint8)
    return np.where(seam[..., None] > 0, cv2.GaussianBlur(colour, (5, 5), 1.0), colour)
