"""The warp that makes an autoencoder learn faces rather than copy pixels, as an albumentations transform.

A face is sampled twice from its cached crop, each time in one resampling: bent by a jittered grid, which is what the
network gets, and moved by the rigid part of that bending alone, which is what it should draw. Only what a similarity
cannot explain is left to undo. A random turn, scale and shift of the whole face rides on the same grid.

Shape letters: C side of the cached crop in px, S side of a face for the network in px, G grid points per side, N points
of a grid, G * G, L landmarks.
"""

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.staged import Staged
from faceswap_lab.faces.geometry import FloatArray, fit_similarity, transform_points

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # its import asks the package registry for a newer version

import albumentations as A

GRID = 5
"""Points a side of the classic grid."""

# Standard deviation of the classic jitter: 5 px on a crop of which the grid covers 160 px.
CLASSIC_JITTER = 5 / 160
_MOST_SPREADS = 2.5  # a bounded jitter is drawn again beyond these standard deviations ...
_BOUND = 0.24  # ... and there it is this share of a cell


@lru_cache
def regular_grid(size: int, side: int = GRID) -> FloatArray:
    """``side`` x ``side`` points of a square image, from edge to edge (-0.5 to size - 0.5), row by row, (N, 2)."""
    places = np.linspace(-0.5, size - 0.5, side)
    grid_N2 = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    grid_N2.flags.writeable = False
    return grid_N2


@lru_cache
def upsampling_weights(size: int, side: int = GRID) -> NDArray[np.float32]:
    """Weights (S, G) that turn values at the grid points into values at the pixel centres between them.

    Bilinear, as in resizing a 5 x 5 map to 1.25 S and cropping a tenth at each side: pixel i reads grid position
    (i + 0.5) * (G - 1) / S, so that all of the grid and nothing beyond it is used.
    """
    position = (np.arange(size) + 0.5) * (side - 1) / size
    weights_SG = np.maximum(0.0, 1.0 - np.abs(position[:, None] - np.arange(side)[None])).astype(np.float32)
    weights_SG.flags.writeable = False
    return weights_SG


class Shapes(NamedTuple):
    """What a face looks like and what it is to be bent into.

    Attributes:
        own_L2: Landmarks of the face, px of the crop.
        other_L2: Landmarks of another identity's face that does nearly the same, px of the same crop.
        size: Side of the crop, px.
    """

    own_L2: FloatArray
    other_L2: FloatArray
    size: int


class FaceWarp(A.DualTransform):
    """Turns one crop into the network's input and its goal.

    The crop goes in twice: as ``image``, which comes out warped, and as ``target``, which comes out moved by the rigid
    part of the warp. Channels beyond RGB, such as the mask, ride along.

    Args:
        input_size: Side of the warped face, px.
        target_size: Side of the target, px.
        strength: Jitter of the grid, 1 is the classic (standard deviation 1/32 of the crop's side), 0 bends nothing;
            or the steps from which such numbers hold, such as ``{0: 1.0, 80000: 0}``.
        rotation_deg: The face is turned by up to this angle either way.
        scale_ratio: The face is scaled by up to this share either way.
        shift_ratio: The face is shifted in x and in y by up to this share of the crop's side.
        cells: Cells a side of the grid; of several numbers each face gets one, so that it is bent now as a whole, now
            in small places. The jitter is a share of the cell.
        pinned: Whether the frame of the crop stays where it is and only what is inside is bent.
        bounded: Whether no point may move by more than 0.24 of a cell; the jitter of ``strength`` 1 then has a standard
            deviation of 0.09 of a cell instead of an eighth.
        rigid_target: Whether the target follows the rigid part of the bending; otherwise that is to be undone as well.

    Raises:
        ConfigError: A value is out of its range.

    Source:
        The grid, its jitter, its upsampling and the target by Umeyama's fit are those of the first public face-swap
        autoencoder (2017), from a description in words. There the grid covers the middle 62.5 % of a larger image;
        here it covers the crop, whatever its size, and pixel centres of input and target agree. The other options make
        it that of faceswap today (``rigid_target=False``) or of DeepFaceLab (``cells=(2, 4, 8)``, ``pinned``,
        ``bounded``, no rigid target), described in words as well.
    """

    _targets = ()
    needs_shapes = False
    """Whether it bends by landmarks, and so has to be told them."""

    def __init__(
        self,
        input_size: int,
        target_size: int,
        strength: float | Mapping[int, float] = 1.0,
        rotation_deg: float = 10.0,
        scale_ratio: float = 0.05,
        shift_ratio: float = 0.05,
        cells: Sequence[int] = (GRID - 1,),
        pinned: bool = False,
        bounded: bool = False,
        rigid_target: bool = True,
    ) -> None:
        super().__init__(p=1.0)  # always: it is also what brings the crop to the network's sizes
        for name, value, limit in (
            ("rotation_deg", rotation_deg, 180.0),
            ("scale_ratio", scale_ratio, 0.5),
            ("shift_ratio", shift_ratio, 0.5),
        ):
            if not 0 <= value <= limit:
                raise ConfigError(f"augment.warp.{name}={value} is out of range; use 0 to {limit:g}")
        if not cells or min(cells) < 1:
            raise ConfigError(f"augment.warp.cells={list(cells)} must be whole numbers from 1, at least one")
        self.cells, self.pinned, self.bounded, self.rigid_target = tuple(cells), pinned, bounded, rigid_target
        self.input_size, self.target_size = input_size, target_size
        self.strength = Staged(strength, name="augment.warp.strength", least=0.0, most=4.0)
        self.step = 0
        """The step whose strength holds; whoever draws samples sets it."""
        self.shapes: Shapes | None = None
        """Those of the face to come, where they are needed; set likewise."""
        self.rotation_deg, self.scale_ratio, self.shift_ratio = rotation_deg, scale_ratio, shift_ratio

    @property
    def targets(self) -> dict[str, Any]:
        return {"image": self.apply, "target": self.apply_to_target}

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draws the bent grid, in pixels of the crop, and where its points lie without the bending."""
        size = data["image"].shape[0]
        rng = self.random_generator
        side = 1 + (self.cells[0] if len(self.cells) == 1 else self.cells[int(rng.integers(len(self.cells)))])
        jitter_N2 = self._jitter(side, rng) * size / (side - 1)
        # Bilinear upsampling and affine maps commute, so turning the points turns the whole map.
        similarity = self._random_similarity(size, rng)
        grid_N2 = regular_grid(size, side)
        return {
            "points_N2": transform_points(similarity, grid_N2 + jitter_N2),
            "still_N2": transform_points(similarity, grid_N2),
        }

    def apply(self, img: NDArray[np.uint8], points_N2: FloatArray, **_: Any) -> NDArray[np.uint8]:
        """The face bent by the grid, side ``input_size``."""
        return warp(img, points_N2, upsampling_weights(self.input_size, _side(points_N2)))

    def apply_to_target(
        self, img: NDArray[np.uint8], points_N2: FloatArray, still_N2: FloatArray, **_: Any
    ) -> NDArray[np.uint8]:
        """The face moved as a whole, with the rigid part of the bending or without, side ``target_size``."""
        return move(img, self.crop_to_target(points_N2, still_N2), self.target_size)

    def crop_to_target(self, points_N2: FloatArray, still_N2: FloatArray) -> FloatArray:
        """The matrix (2, 3) from px of the crop to px of the target."""
        moved_N2 = points_N2 if self.rigid_target else still_N2
        return fit_similarity(moved_N2, regular_grid(self.target_size, _side(moved_N2)))

    def _jitter(self, side: int, rng: np.random.Generator) -> FloatArray:
        """How far each point moves, as a share of a cell, shape (N, 2)."""
        strength = self.strength.at(self.step)
        if self.bounded:
            jitter_N2 = strength * _BOUND * _bounded_normal((side * side, 2), rng) / _MOST_SPREADS
        else:
            jitter_N2 = rng.normal(0.0, strength * CLASSIC_JITTER * (GRID - 1), (side * side, 2))
        if self.pinned:
            inner_GG2 = np.zeros((side, side, 1))
            inner_GG2[1:-1, 1:-1] = 1
            jitter_N2 = jitter_N2 * inner_GG2.reshape(-1, 1)
        return jitter_N2

    def _random_similarity(self, size: int, rng: np.random.Generator) -> FloatArray:
        turn, grow, shift_x, shift_y = rng.uniform(-1.0, 1.0, 4)
        angle = np.deg2rad(self.rotation_deg) * turn
        # Where to sample, so the inverse of how the face moves; symmetric ranges make that the same.
        scale = 1.0 + self.scale_ratio * grow
        linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        centre = np.full(2, (size - 1) / 2)
        shift = self.shift_ratio * size * np.array([shift_x, shift_y])
        return np.column_stack([linear, centre - linear @ centre + shift])


def warp(crop: NDArray[np.uint8], points_N2: FloatArray, weights_SG: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Samples a crop at a bent grid.

    Args:
        crop: Shape (C, C, channels).
        points_N2: Where in the crop the grid points lie, px, row by row.
        weights_SG: From ``upsampling_weights``.

    Returns:
        Shape (S, S, channels); border pixels are repeated beyond the crop.
    """
    side = _side(points_N2)
    grid_2GG = points_N2.astype(np.float32).reshape(side, side, 2).transpose(2, 0, 1)
    map_x, map_y = weights_SG @ grid_2GG @ weights_SG.T
    return np.asarray(cv2.remap(crop, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def move(crop: NDArray[np.uint8], crop_to_face: FloatArray, size: int) -> NDArray[np.uint8]:
    """Samples a crop through an affine matrix, shape (2, 3), to ``size`` px; border pixels are repeated beyond it."""
    face = cv2.warpAffine(crop, crop_to_face, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(face, np.uint8)


def _side(points_N2: FloatArray) -> int:
    return round(len(points_N2) ** 0.5)


def _bounded_normal(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Standard normal numbers, drawn again where they lie too far out."""
    values = rng.normal(size=shape)
    while (far := np.abs(values) > _MOST_SPREADS).any():
        values[far] = rng.normal(size=int(far.sum()))
    return values
