"""Takes a portrait apart into two layers: the head with soft edges, and the plate that remains without it.

Both are magnified so that the portrait's view fills a frame of the wanted size, and hold a margin around that view,
because the picture drifts. Shape letters: H, W a layer's height and width, N points.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.data.portrait import FloatArray, Image, Portrait

MARGIN_RATIO = 0.12
"""Width of the margin around the view, as a share of the frame's side."""


@dataclass(frozen=True, slots=True, eq=False)
class PortraitLayers:
    """A portrait ready to be animated; every coordinate is in pixels of the layers.

    Attributes:
        head_HW3: RGB uint8; right where ``alpha_HW`` is not zero.
        alpha_HW: Opacity of the head, uint8.
        plate_HW3: The picture without the head, RGB uint8; neck and background are continued behind it.
        follow_HW: How much of the head's drift the plate follows, float32, 1 at the jaw, 0 at the shoulders.
        landmarks_682: Landmarks of the portrait.
        view_to_frame_23: Layers to frame when nothing drifts.
        frame_px: Side of the frame.
        px_per_px: Magnification of the original picture.
    """

    head_HW3: Image
    alpha_HW: Image
    plate_HW3: Image
    follow_HW: NDArray[np.float32]
    landmarks_682: FloatArray
    view_to_frame_23: FloatArray
    frame_px: int
    px_per_px: float


def split_portrait(portrait: Portrait, *, frame_px: int) -> PortraitLayers:
    """The portrait's layers for square frames of a given side."""
    left, top, side = portrait.view_3
    scale = frame_px / side
    margin = round(MARGIN_RATIO * frame_px)
    layer_px = frame_px + 2 * margin
    # Pixel centres are integers, hence the halves.
    shift = np.array([0.5 - left, 0.5 - top]) * scale - 0.5 + margin
    to_layer_23 = np.column_stack([np.eye(2) * scale, shift])

    def place(points_N2: FloatArray) -> FloatArray:
        return points_N2 * scale + shift

    enlarged = cv2.warpAffine(
        portrait.image, to_layer_23, (layer_px, layer_px), flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE
    )
    picture = np.asarray(enlarged, np.uint8)
    landmarks = place(portrait.landmarks_682)
    alpha = _soft_outline(picture, place(portrait.head_N2), band_px=max(2.0, 2.2 * scale))
    plate = _plate(picture, alpha, portrait, place)
    return PortraitLayers(
        head_HW3=_bleed(picture, alpha),
        alpha_HW=alpha,
        plate_HW3=plate,
        follow_HW=_follow(landmarks, plate.shape[:2]),
        landmarks_682=landmarks,
        view_to_frame_23=np.array([[1.0, 0.0, -margin], [0.0, 1.0, -margin]]),
        frame_px=frame_px,
        px_per_px=scale,
    )


def _fill(points_N2: FloatArray, shape: tuple[int, ...]) -> Image:
    """Antialiased filled polygon, 0 or 255."""
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points_N2 * 16).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=4)
    return mask


def _ellipse(radius_px: float) -> Image:
    side = 2 * max(1, round(radius_px)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _soft_outline(picture: Image, outline_N2: FloatArray, *, band_px: float) -> Image:
    """Opacity of the traced head: the tracing decides inside and outside, the picture decides within a band.

    Source:
        He, Sun and Tang, "Guided image filtering", ECCV 2010, eq. 5, 6 and 8, on the grey picture.
    """
    traced = _fill(outline_N2, picture.shape)
    guide = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    mask = traced.astype(np.float32) / 255
    window = (2 * round(1.5 * band_px) + 1,) * 2
    mean_guide, mean_mask = cv2.blur(guide, window), cv2.blur(mask, window)
    slope = (cv2.blur(guide * mask, window) - mean_guide * mean_mask) / (
        cv2.blur(guide * guide, window) - mean_guide**2 + 1e-3
    )
    offset = mean_mask - slope * mean_guide
    guided = cv2.blur(slope, window) * guide + cv2.blur(offset, window)
    inside = cv2.erode(traced, _ellipse(band_px)).astype(np.float32) / 255
    outside = cv2.dilate(traced, _ellipse(band_px)).astype(np.float32) / 255
    # Half guided, half tracing: hair keeps its wisps and the jaw, little different from the neck, keeps its line.
    soft = 0.5 * cv2.GaussianBlur(mask, (0, 0), 0.5 * band_px) + 0.5 * np.clip(guided, 0.0, 1.0)
    alpha = cv2.GaussianBlur(np.clip(soft, inside, outside), (0, 0), 0.8)
    alpha = np.clip((alpha - 0.06) / 0.88, 0.0, 1.0)
    return np.round(255 * alpha).astype(np.uint8)


def _fill_in(picture_HW3: NDArray[np.float32], known_HW: NDArray[np.float32]) -> NDArray[np.float32]:
    """Known pixels stay; the others get the average of the nearest known ones (pull-push over a pyramid).

    Source:
        Gortler et al., "The lumigraph", SIGGRAPH 1996, section 3.4.
    """
    if min(known_HW.shape) <= 2:
        mean = (picture_HW3 * known_HW[..., None]).sum((0, 1)) / max(float(known_HW.sum()), 1e-6)
        return np.where(known_HW[..., None] > 0, picture_HW3, mean).astype(np.float32)
    weight = cv2.pyrDown(known_HW)
    coarse = cv2.pyrDown(picture_HW3 * known_HW[..., None]) / np.maximum(weight, 1e-6)[..., None]
    filled = _fill_in(coarse.astype(np.float32), np.minimum(weight * 4, 1.0).astype(np.float32) * (weight > 1e-3))
    height, width = known_HW.shape
    upscaled = cv2.pyrUp(filled, dstsize=(width, height))
    return picture_HW3 * known_HW[..., None] + upscaled * (1 - known_HW[..., None])


def _bleed(picture: Image, alpha: Image) -> Image:
    """The head's colours continued past its soft edge, so that no background clings to the hair."""
    known = (cv2.erode(alpha, _ellipse(1)) > 240).astype(np.float32)
    bled = _fill_in(picture.astype(np.float32), known)
    mix = (np.clip(alpha.astype(np.float32) / 255 - 0.7, 0, 0.25) / 0.25)[..., None]
    return np.clip(np.round(picture * mix + bled * (1 - mix)), 0, 255).astype(np.uint8)


def _plate(picture: Image, alpha: Image, portrait: Portrait, place: Callable[[FloatArray], FloatArray]) -> Image:
    """The picture with the head taken out."""
    scale = len(picture) / (portrait.view_3[2] * (1 + 2 * MARGIN_RATIO))
    loose, shoulders, neck = (
        _fill(place(polygon), picture.shape) for polygon in (portrait.loose_N2, portrait.shoulders_N2, portrait.neck_N2)
    )
    gone = cv2.dilate(np.maximum(alpha, loose), _ellipse(2.5 * scale)) > 8
    neck = (np.asarray(cv2.GaussianBlur(neck, (0, 0), 1.2), np.float32) / np.float32(255))[..., None]
    # The background grows inwards from pixels that are neither head nor neck.
    beside = cv2.dilate(np.maximum(shoulders, (neck[..., 0] > 0.02).astype(np.uint8)), _ellipse(1.5 * scale)) > 0
    background = _fill_in(picture.astype(np.float32), (~(gone | beside)).astype(np.float32))
    continued = _continue_up(picture, gone, neck[..., 0], neck_px=portrait.neck_px * scale)
    plate = background * (1 - neck) + continued * neck
    hole = cv2.GaussianBlur(gone.astype(np.float32), (0, 0), 1.2)[..., None]
    return np.clip(np.round(picture * (1 - hole) + plate * hole), 0, 255).astype(np.uint8)


def _continue_up(
    picture: Image, gone: NDArray[np.bool_], neck: NDArray[np.float32], *, neck_px: float
) -> NDArray[np.float32]:
    """What lies below the hole, mirrored and stretched upwards into it, darker the further up: the jaw's shadow."""
    height, width = gone.shape
    rows = np.arange(height, dtype=np.float32)[:, None]
    # First row below the hole in each column, smoothed, so that neighbouring columns agree.
    edge = np.where(gone.any(0), height - 1 - gone[::-1].argmax(0), 0).astype(np.float32) + 1
    edge = cv2.GaussianBlur(edge[None], (0, 0), 3)
    above = np.maximum(edge - rows, 0)
    map_y = np.where(above > 0, edge + neck_px * np.tanh(0.3 * above / neck_px), rows).astype(np.float32)
    map_x = np.broadcast_to(np.arange(width, dtype=np.float32), (height, width))
    continued = cv2.remap(picture, np.ascontiguousarray(map_x), map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    # Stretched rows are streaks; they dissolve the further up they are.
    blur = 0.02 * height
    soft = cv2.GaussianBlur(continued * neck[..., None], (0, 0), 2 * blur, sigmaY=blur)
    soft /= np.maximum(cv2.GaussianBlur(neck, (0, 0), 2 * blur, sigmaY=blur), 1e-3)[..., None]
    mix = np.clip(above / neck_px, 0, 1)[..., None]
    continued = continued * (1 - mix) + soft * mix
    return continued * (1 - 0.35 * np.clip(above / (0.12 * height), 0, 1))[..., None]


def _follow(landmarks_682: FloatArray, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """1 where the neck meets the jaw, falling to 0 within two thirds of an outer-eye distance below and beside it."""
    unit = np.linalg.norm(landmarks_682[45] - landmarks_682[36])
    x, y = np.meshgrid(np.arange(shape[1], dtype=np.float32), np.arange(shape[0], dtype=np.float32))
    below = np.clip((y - landmarks_682[8, 1]) / (0.7 * unit), 0, 1)
    beside = np.clip((np.abs(x - landmarks_682[8, 0]) / unit - 0.45) / 0.6, 0, 1)
    return ((1 - below**2 * (3 - 2 * below)) * (1 - beside**2 * (3 - 2 * beside))).astype(np.float32)
