"""From a mask to an alpha: erosion and feather in one step, and the guard that keeps the crop's edge out of sight."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError

_FEATHERS = ("gaussian", "box")


@dataclass(frozen=True, slots=True)
class Edge:
    """How a mask ends, in ratios, so that near and far faces end alike.

    Attributes:
        erode_ratio: How far inside the mask's edge alpha begins, in face heights; negative grows the mask.
        feather_ratio: Width of the ramp from 0 to 1, in face heights.
        guard_ratio: Width of the guard at the crop's border, in crop sides.
        top: How much further inside on this side of the face, in face heights; negative grows the mask.
        bottom: The same at the chin.
        left: The same at the left of the picture.
        right: The same at the right.
        feather: ``gaussian``, a smooth ramp; or ``box``, a straight one.

    Raises:
        ConfigError: A ratio is out of its range, or there is no such feather.
    """

    erode_ratio: float = -0.03
    feather_ratio: float = 0.1
    guard_ratio: float = 1 / 32
    top: float = 0.0
    bottom: float = 0.0
    left: float = 0.0
    right: float = 0.0
    feather: str = "gaussian"

    def __post_init__(self) -> None:
        for name in ("erode_ratio", "top", "bottom", "left", "right"):
            ratio = getattr(self, name)
            if not -0.5 < ratio < 0.5:
                raise ConfigError(f"mask.edge.{name} is {ratio}; it must lie between -0.5 and 0.5 face heights")
        if not 0 <= self.feather_ratio < 0.5:
            raise ConfigError(f"mask.edge.feather_ratio is {self.feather_ratio}; it must lie in [0, 0.5) face heights")
        if not 0 <= self.guard_ratio < 0.5:
            raise ConfigError(f"mask.edge.guard_ratio is {self.guard_ratio}; it must lie in [0, 0.5) crop sides")
        if self.feather not in _FEATHERS:
            raise ConfigError(f"mask.edge.feather={self.feather} is unknown; use one of {', '.join(_FEATHERS)}")

    def shape(self, mask_SS: NDArray[np.float32], *, face_px: float) -> NDArray[np.float32]:
        """Alpha of a mask in a crop where an average face is ``face_px`` high, zero at the crop's border."""
        for inwards_2, ratio in (
            ((0, 1), self.top),
            ((0, -1), self.bottom),
            ((1, 0), self.left),
            ((-1, 0), self.right),
        ):
            mask_SS = erode_side(mask_SS, inwards_2, by_px=ratio * face_px)
        alpha_SS = soften(
            mask_SS,
            erode_px=self.erode_ratio * face_px,
            feather_px=self.feather_ratio * face_px,
            box=self.feather == "box",
        )
        return guard_edge(alpha_SS, guard_px=self.guard_ratio * mask_SS.shape[0])


def erode_side(mask_SS: NDArray[np.float32], inwards_2: tuple[int, int], *, by_px: float) -> NDArray[np.float32]:
    """The mask with one side moved, by parts of a pixel too: cut by its own copy, or for growth joined with it.

    Args:
        mask_SS: Mask in [0, 1]; what lies beyond the crop counts as outside.
        inwards_2: Direction from that side to the middle, (x, y).
        by_px: How far; negative moves it outwards.
    """
    if by_px == 0:
        return mask_SS
    move_23 = np.array([[1.0, 0.0, inwards_2[0] * by_px], [0.0, 1.0, inwards_2[1] * by_px]])
    size = (mask_SS.shape[1], mask_SS.shape[0])
    moved_SS = np.asarray(cv2.warpAffine(mask_SS, move_23, size, flags=cv2.INTER_LINEAR), np.float32)
    return np.minimum(mask_SS, moved_SS) if by_px > 0 else np.maximum(mask_SS, moved_SS)


def soften(
    mask_SS: NDArray[np.float32], *, erode_px: float, feather_px: float, box: bool = False
) -> NDArray[np.float32]:
    """Alpha that is 0 up to ``erode_px`` inside the mask's edge and 1 from ``feather_px`` further in.

    A Gaussian turns a straight edge into a known function of depth; a smooth ramp between its values at the two depths
    gives the alpha. So sizes are continuous (no kernel that jumps by a pixel from frame to frame), specks and holes of
    a predicted mask are averaged away, and beyond the crop counts as outside.

    Args:
        mask_SS: Mask in [0, 1].
        erode_px: Depth where alpha begins, px; negative grows the mask.
        feather_px: Width of the ramp, px, at least 0.
        box: Whether a straight edge gives a straight ramp, as a box does, in place of a smooth one.
    """
    reach_px = max(abs(erode_px), abs(erode_px + feather_px))
    if reach_px < 0.25:  # finer than the grid: nothing to shape
        return mask_SS.astype(np.float32)
    sigma_px = reach_px / 2
    low = _blurred_edge(erode_px / sigma_px)
    high = max(_blurred_edge((erode_px + feather_px) / sigma_px), low + 1e-3)
    blurred_SS = cv2.GaussianBlur(mask_SS.astype(np.float32), (0, 0), sigmaX=sigma_px, borderType=cv2.BORDER_CONSTANT)
    ramp_SS = (blurred_SS - np.float32(low)) / np.float32(high - low)
    return np.clip(ramp_SS, 0.0, 1.0) if box else smoothstep(ramp_SS)


def guard_edge(alpha_SS: NDArray[np.float32], *, guard_px: float) -> NDArray[np.float32]:
    """Alpha brought smoothly to 0 at the outermost pixels of the crop, untouched ``guard_px`` further in."""
    side = alpha_SS.shape[0]
    distance_S = np.minimum(np.arange(side), np.arange(side)[::-1]).astype(np.float32)
    ramp_S = smoothstep(distance_S / np.float32(max(guard_px, 1.0)))
    return alpha_SS * ramp_S[:, None] * ramp_S[None, :]


def smoothstep(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cubic ramp from 0 at x = 0 to 1 at x = 1, level at both ends and beyond."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def _blurred_edge(depth_in_sigmas: float) -> float:
    """Value of a blurred straight edge at a depth inside it."""
    return 0.5 * (1 + erf(depth_in_sigmas / sqrt(2)))
