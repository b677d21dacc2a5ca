"""The head of a portrait as a triangle mesh with depth, slit at the lids and between the lips.

The mesh is denser where the face moves most. Depth comes from the generic 3-D head at the landmarks and from a rounded
skull elsewhere. Skin around the eyes and the mouth ends at slits; eyeballs and the inside of the mouth lie behind them
and do not move with the skin, so that lids slide over eyes and lips part without anything tearing.

Axes and unit are those of ``faces.head3d``: x right, y down, z away from the camera, outer eye corners 1 apart, origin
between them. Shape letters: V vertices, T triangles, N points, K knots of a curve.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator, RBFInterpolator
from scipy.spatial import Delaunay, KDTree

from faceswap_lab.data.portrait import FloatArray
from faceswap_lab.data.portrait_layers import PortraitLayers
from faceswap_lab.faces.head3d import HEAD_683

IndexArray = NDArray[np.intp]

PIVOT_3 = np.array([0.0, 0.55, 0.85])
"""Where the head turns: inside the skull, a little behind and below the ears' openings."""

LASH_SHARE = 0.3
"""Share of the lid's skin, from its edge up, that bears the lashes and moves without stretching."""

_OUTLINE_Z = 0.85  # the outline of a head seen from the front is where its surface turns away, level with the pivot
_JAW_Z = 0.65  # no farther, although the joint is: what lies beside the cheek is not in the picture
_FACE_Z = -0.15  # the middle of a face, nose left out


@dataclass(frozen=True, slots=True, eq=False)
class Slit:
    """The two edges of an opening in the skin, as vertex indices from left to right; the corners belong to both."""

    upper_K: IndexArray
    lower_K: IndexArray


@dataclass(frozen=True, slots=True, eq=False)
class HeadMesh:
    """A head at rest.

    Attributes:
        rest_V3: Vertices in head units.
        texture_V2: Where each vertex takes its colour, pixels of the head layer.
        skin_T3: Triangles of the skin, vertex indices.
        eyeballs_T3: Triangles of what lies behind the lids.
        eyes: Left and right slit between the lids.
        mouth: Slit between the lips.
        landmarks_68: The vertex of each landmark.
        unit_px: Pixels of the layer a head unit.
        origin_2: The head's origin in the layer.
    """

    rest_V3: FloatArray
    texture_V2: FloatArray
    skin_T3: IndexArray
    eyeballs_T3: IndexArray
    eyes: tuple[Slit, Slit]
    mouth: Slit
    landmarks_68: IndexArray
    unit_px: float
    origin_2: FloatArray


def build_mesh(layers: PortraitLayers, *, lid_px: float) -> HeadMesh:
    """Triangulates the head layer of a portrait.

    Args:
        layers: The portrait's layers.
        lid_px: Height of the skin above the upper lids that stretches in a blink, pixels of the layers.
    """
    landmarks = layers.landmarks_682
    unit_px = float(np.linalg.norm(landmarks[45] - landmarks[36]))
    origin = landmarks[[36, 45]].mean(0)
    points = _Points()
    step_px = 0.035 * unit_px
    eyes = (
        _add_slit(points, landmarks, [36, 37, 38, 39], [36, 41, 40, 39], step_px=step_px),
        _add_slit(points, landmarks, [42, 43, 44, 45], [42, 47, 46, 45], step_px=step_px),
    )
    mouth = _add_slit(points, landmarks, [60, 61, 62, 63, 64], [60, 67, 66, 65, 64], step_px=step_px)
    landmark_vertices = points.add_landmarks(landmarks)
    holes = [_loop(points.as_array(), slit) for slit in (*eyes, mouth)]
    for slit in eyes:
        rim = points.as_array()
        for share in (LASH_SHARE, 0.65, 1.0):
            points.add(rim[slit.upper_K[1:-1]] - [0.0, share * lid_px], apart_px=1.0)
        points.add(rim[slit.lower_K[1:-1]] + [0.0, lid_px], apart_px=1.0)
    outline, inside = _outline(layers)
    points.add(outline, apart_px=3.0)
    _add_grid(points, landmarks, holes, inside, unit_px=unit_px)

    texture = points.as_array()
    triangles = Delaunay(texture).simplices.astype(np.intp)
    centres = texture[triangles].mean(1)
    in_hole = np.stack([_in_slit(slit, texture, triangles) for slit in (*eyes, mouth)])
    in_head = inside[tuple(np.clip(np.round(centres[:, ::-1]).astype(int), 0, len(inside) - 1).T)]
    xy = (texture - origin) / unit_px
    z = _depth((landmarks - origin) / unit_px, (outline - origin) / unit_px)(xy)

    # Behind the lids the same picture lies once more, on vertices of its own that no lid moves.
    behind_T3 = triangles[in_hole[:2].any(0)]
    copied, behind_T3 = np.unique(behind_T3, return_inverse=True)
    rest = np.column_stack([xy, z])
    return HeadMesh(
        rest_V3=np.concatenate([rest, rest[copied]]),
        texture_V2=np.concatenate([texture, texture[copied]]),
        skin_T3=triangles[in_head & ~in_hole.any(0)],
        eyeballs_T3=behind_T3.reshape(-1, 3) + len(rest),
        eyes=eyes,
        mouth=mouth,
        landmarks_68=landmark_vertices,
        unit_px=unit_px,
        origin_2=origin,
    )


class _Points:
    """A growing list of points that refuses newcomers too close to the old ones."""

    def __init__(self) -> None:
        self._rows: list[FloatArray] = []

    def as_array(self) -> FloatArray:
        return np.concatenate(self._rows)

    def add(self, points_N2: FloatArray, *, apart_px: float = 0.0) -> IndexArray:
        start = sum(map(len, self._rows))
        if start and apart_px > 0.0:
            points_N2 = points_N2[KDTree(self.as_array()).query(points_N2)[0] >= apart_px]
        self._rows.append(points_N2)
        return np.arange(start, start + len(points_N2))

    def add_landmarks(self, landmarks_682: FloatArray) -> IndexArray:
        """Adds what the slits did not bring; returns the vertex of each of the 68."""
        far = KDTree(self.as_array()).query(landmarks_682)[0] > 0.01
        self.add(landmarks_682[far])
        return np.asarray(KDTree(self.as_array()).query(landmarks_682)[1], np.intp)


def _add_slit(
    points: _Points, landmarks_682: FloatArray, upper: list[int], lower: list[int], *, step_px: float
) -> Slit:
    """Two smooth curves through the landmarks, their points paired in x.

    The steps are shorter than the distance kept by other points, so that every step becomes an edge of the mesh.
    """
    knots_x = landmarks_682[upper, 0]
    spans = pairwise(knots_x)
    x_K = np.unique(np.concatenate([np.linspace(a, b, int(np.ceil((b - a) / step_px)) + 1) for a, b in spans]))
    upper_y = PchipInterpolator(knots_x, landmarks_682[upper, 1])(x_K)
    lower_y = PchipInterpolator(landmarks_682[lower, 0], landmarks_682[lower, 1])(x_K)
    upper_K = points.add(np.column_stack([x_K, upper_y]))
    lower_K = points.add(np.column_stack([x_K, lower_y])[1:-1])
    return Slit(upper_K=upper_K, lower_K=np.concatenate([upper_K[:1], lower_K, upper_K[-1:]]))


def _loop(vertices_V2: FloatArray, slit: Slit) -> FloatArray:
    return vertices_V2[np.concatenate([slit.upper_K, slit.lower_K[-2:0:-1]])]


def _in_slit(slit: Slit, vertices_V2: FloatArray, triangles_T3: IndexArray) -> NDArray[np.bool_]:
    """Which triangles span the opening: all corners on its edges, the middle between them, however narrow it is."""
    on_edge = np.isin(triangles_T3, np.concatenate([slit.upper_K, slit.lower_K])).all(1)
    x, y = vertices_V2[triangles_T3].mean(1).T
    upper, lower = vertices_V2[slit.upper_K], vertices_V2[slit.lower_K]
    return on_edge & (y > np.interp(x, *upper.T)) & (y < np.interp(x, *lower.T))


def _contains(polygon_N2: FloatArray, points_N2: FloatArray) -> NDArray[np.bool_]:
    contour = polygon_N2.astype(np.float32)[:, None]
    return np.array([cv2.pointPolygonTest(contour, (float(x), float(y)), False) > 0 for x, y in points_N2], bool)


def _outline(layers: PortraitLayers) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Points a step apart just outside the head's soft edge, and the mask of what they enclose."""
    step_px = layers.frame_px / 36
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    inside = cv2.dilate((layers.alpha_HW > 4).astype(np.uint8), kernel)
    contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    loop = max(contours, key=len)[:, 0].astype(np.float64)
    along = np.concatenate([[0.0], np.linalg.norm(np.diff(loop, axis=0), axis=1).cumsum()])
    stops = np.arange(0.0, along[-1], step_px)
    return np.column_stack([np.interp(stops, along, loop[:, i]) for i in (0, 1)]), inside > 0


def _add_grid(
    points: _Points,
    landmarks_682: FloatArray,
    holes: list[FloatArray],
    inside: NDArray[np.bool_],
    *,
    unit_px: float,
) -> None:
    """Fills the head with points: close together around eyes and mouth, wider apart elsewhere."""
    lively = np.zeros(inside.shape, np.uint8)
    for part in (slice(36, 42), slice(42, 48), slice(48, 60)):
        hull = cv2.convexHull(np.round(landmarks_682[part]).astype(np.int32))
        cv2.fillConvexPoly(lively, hull, 1)
    reach = 2 * round(0.13 * unit_px) + 1
    lively = cv2.dilate(lively, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))) > 0
    for spacing_px, region in ((0.055 * unit_px, inside & lively), (0.11 * unit_px, inside & ~lively)):
        rows = np.arange(0.0, inside.shape[0], spacing_px * 0.87)
        columns = np.arange(0.0, inside.shape[1], spacing_px)
        grid = np.array([(x + (i % 2) * spacing_px / 2, y) for i, y in enumerate(rows) for x in columns])
        at = np.clip(np.round(grid).astype(int), 0, np.array(inside.shape[::-1]) - 1)
        grid = grid[region[at[:, 1], at[:, 0]]]
        grid = grid[~np.any([_contains(hole, grid) for hole in holes], axis=0)]
        points.add(grid, apart_px=0.7 * spacing_px)


def _depth(landmarks_682: FloatArray, outline_N2: FloatArray) -> RBFInterpolator:
    """Depth over the head, a smooth function of (x, y), all in head units."""
    jaw, jaw_z = landmarks_682[:17], np.minimum(HEAD_683[:17, 2], _JAW_Z)
    # Above the ears the outline lies level with the pivot, below it comes forward along the jaw to the chin.
    outline_z = np.interp(outline_N2[:, 1], jaw[:9, 1], jaw_z[:9])
    outline_z[outline_N2[:, 1] < 0.45] = _OUTLINE_Z
    # Within that the head is round: sampled along rays from the middle of the face to its edge, which is the jaw
    # below the eyes, whatever hair hangs beside it, and the outline above them.
    middle = np.array([0.0, 0.3])
    above = outline_N2[:, 1] < -0.3
    edge = np.concatenate([jaw, outline_N2[above]]) - middle
    edge_z = np.concatenate([jaw_z, outline_z[above]])
    direction, reach = np.arctan2(edge[:, 1], edge[:, 0]), np.linalg.norm(edge, axis=1)
    angles = np.linspace(-np.pi, np.pi, 40, endpoint=False)[:, None]
    shares = np.array([0.5, 0.65, 0.8, 0.9])
    order = np.argsort(direction)
    reach, edge_z = (np.interp(angles, direction[order], of[order], period=2 * np.pi) for of in (reach, edge_z))
    rounded = (middle + np.stack([np.cos(angles), np.sin(angles)], -1) * (reach * shares)[..., None]).reshape(-1, 2)
    rounded_z = (edge_z - (edge_z - _FACE_Z) * np.sqrt(1 - shares**3.5)).ravel()
    apart = KDTree(landmarks_682[17:]).query(rounded)[0] > 0.2
    inner = slice(17, 68)
    return RBFInterpolator(
        np.concatenate([landmarks_682[inner], outline_N2, rounded[apart]]),
        np.concatenate([HEAD_683[inner, 2], outline_z, rounded_z[apart]]),
        kernel="thin_plate_spline",
        smoothing=1e-3,
    )
