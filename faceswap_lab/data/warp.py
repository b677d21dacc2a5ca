"""The warp that makes an autoencoder learn faces rather than copy pixels, as an albumentations transform.

A face is sampled twice from its cached crop, each time in one resampling: bent by a jittered 5 x 5 grid, which is what
the network gets, and moved by the rigid part of that bending alone, which is what it should draw. Only what a
similarity cannot explain is left to undo. A random turn, scale and shift of the whole face rides on the same grid.

Shape letters: C side of the cached crop in px, S side of a face for the network in px, G grid points per side.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.staged import Staged
from faceswap_lab.faces.geometry import FloatArray, fit_similarity, transform_points

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # its import asks the package registry for a newer version

import albumentations as A

GRID = 5  # points a side
# Standard deviation of the classic jitter: 5 px on a crop of which the grid covers 160 px.
CLASSIC_JITTER = 5 / 160


@lru_cache
def regular_grid(size: int) -> FloatArray:
    """Grid points of a square image, evenly from edge to edge (-0.5 to size - 0.5), row by row, shape (G * G, 2)."""
    places = np.linspace(-0.5, size - 0.5, GRID)
    grid_N2 = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    grid_N2.flags.writeable = False
    return grid_N2


def upsampling_weights(size: int) -> NDArray[np.float32]:
    """Weights (S, G) that turn values at the grid points into values at the pixel centres between them.

    Bilinear, as in resizing a 5 x 5 map to 1.25 S and cropping a tenth at each side: pixel i reads grid position
    (i + 0.5) * 4 / S, so that all of the grid and nothing beyond it is used.
    """
    position = (np.arange(size) + 0.5) * (GRID - 1) / size
    return np.maximum(0.0, 1.0 - np.abs(position[:, None] - np.arange(GRID)[None])).astype(np.float32)


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

    Raises:
        ConfigError: A value is out of its range.

    Source:
        The grid, its jitter, its upsampling and the target by Umeyama's fit are those of the first public face-swap
        autoencoder (2017), from a description in words. There the grid covers the middle 62.5 % of a larger image;
        here it covers the crop, whatever its size, and pixel centres of input and target agree.
    """

    _targets = ()

    def __init__(
        self,
        input_size: int,
        target_size: int,
        strength: float | Mapping[int, float] = 1.0,
        rotation_deg: float = 10.0,
        scale_ratio: float = 0.05,
        shift_ratio: float = 0.05,
    ) -> None:
        super().__init__(p=1.0)  # always: it is also what brings the crop to the network's sizes
        for name, value, limit in (
            ("rotation_deg", rotation_deg, 180.0),
            ("scale_ratio", scale_ratio, 0.5),
            ("shift_ratio", shift_ratio, 0.5),
        ):
            if not 0 <= value <= limit:
                raise ConfigError(f"augment.warp.{name}={value} is out of range; use 0 to {limit:g}")
        self.input_size, self.target_size = input_size, target_size
        self.strength = Staged(strength, name="augment.warp.strength", least=0.0, most=4.0)
        self.step = 0
        """The step whose strength holds; whoever draws samples sets it."""
        self.rotation_deg, self.scale_ratio, self.shift_ratio = rotation_deg, scale_ratio, shift_ratio
        self._weights_SG = upsampling_weights(input_size)
        self._target_grid_N2 = regular_grid(target_size)

    @property
    def targets(self) -> dict[str, Any]:
        return {"image": self.apply, "target": self.apply_to_target}

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draws the bent grid, in pixels of the crop."""
        size = data["image"].shape[0]
        rng = self.random_generator
        jitter_N2 = rng.normal(0.0, self.strength.at(self.step) * CLASSIC_JITTER * size, (GRID * GRID, 2))
        # Bilinear upsampling and affine maps commute, so turning the 25 points turns the whole map.
        return {"points_N2": transform_points(self._random_similarity(size, rng), regular_grid(size) + jitter_N2)}

    def apply(self, img: NDArray[np.uint8], points_N2: FloatArray, **_: Any) -> NDArray[np.uint8]:
        """The face bent by the grid, side ``input_size``."""
        return warp(img, points_N2, self._weights_SG)

    def apply_to_target(self, img: NDArray[np.uint8], points_N2: FloatArray, **_: Any) -> NDArray[np.uint8]:
        """The face moved by the rigid part of the grid's bending, side ``target_size``."""
        return move(img, fit_similarity(points_N2, self._target_grid_N2), self.target_size)

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
        points_N2: Where in the crop the grid points lie, px, shape (G * G, 2), row by row.
        weights_SG: From ``upsampling_weights``.

    Returns:
        Shape (S, S, channels); border pixels are repeated beyond the crop.
    """
    grid_2GG = points_N2.astype(np.float32).reshape(GRID, GRID, 2).transpose(2, 0, 1)
    map_x, map_y = weights_SG @ grid_2GG @ weights_SG.T
    return np.asarray(cv2.remap(crop, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def move(crop: NDArray[np.uint8], crop_to_face: FloatArray, size: int) -> NDArray[np.uint8]:
    """Samples a crop through an affine matrix, shape (2, 3), to ``size`` px; border pixels are repeated beyond it."""
    face = cv2.warpAffine(crop, crop_to_face, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(face, np.uint8)
