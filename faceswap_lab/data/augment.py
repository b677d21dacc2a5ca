"""Everything random that happens to a face between the cache and the network, in three stages.

``shared`` alters the crop before it is split into input and target (flip, light, colour: both show it), ``warp`` makes
the two, ``input_only`` alters only what the network gets (noise, blur: to be undone). Each stage is made of
albumentations transforms, named in YAML; any of that library's will do.
"""

import random
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.warp import A, FaceWarp, Shapes, move
from faceswap_lab.faces.geometry import FloatArray, resize_affine

_FINE_PX = 1.3  # sigma of the Gaussian that takes fine detail away: about what a small network draws too softly


class FacePair(NamedTuple):
    """One sample, uint8.

    Attributes:
        warped_SS3: Input, RGB.
        target_SS4: Goal, RGB and regions.
    """

    warped_SS3: NDArray[np.uint8]
    target_SS4: NDArray[np.uint8]


class Prepared(NamedTuple):
    """One sample before the warp, for a warp of many at once.

    Attributes:
        crop_CC4: RGB and regions, uint8.
        points_N2: Where in the crop the points of the bent grid lie, px, row by row.
        crop_to_target_23: From px of the crop to px of the target.
    """

    crop_CC4: NDArray[np.uint8]
    points_N2: FloatArray
    crop_to_target_23: FloatArray


class WarpFactory(Protocol):
    """Builds the warp for the sizes that the network asks for."""

    def __call__(self, *, input_size: int, target_size: int) -> FaceWarp: ...


class Augment:
    """Turns cached crops into training pairs of the network's sizes.

    Args:
        input_size: Side of the network's input, px.
        target_size: Side of its output, px.
        warp: Makes the warp.
        shared: Transforms of the crop and its mask before the warp, by name, in this order.
        input_only: Transforms of the warped face alone, by name, in this order.
        sharpening: How much of its detail finer than about 4 px is added to every goal once more, at least 0: what
            enlarging a drawn face loses, and what a small network draws too softly.

    Raises:
        ConfigError: ``sharpening`` is negative.
    """

    def __init__(
        self,
        input_size: int,
        *,
        target_size: int,
        warp: WarpFactory,
        shared: Mapping[str, A.BasicTransform] | None = None,
        input_only: Mapping[str, A.BasicTransform] | None = None,
        sharpening: float = 0.0,
    ) -> None:
        if sharpening < 0:
            raise ConfigError(f"augment.sharpening={sharpening} must be 0 (off) or more")
        self._sharpening = sharpening
        self._face_warp = warp(input_size=input_size, target_size=target_size)
        self.needs_shapes: bool = self._face_warp.needs_shapes
        """Whether samples are bent by landmarks, which ``shapes`` has to tell."""
        along = A.KeypointParams("xy", remove_invisible=False) if self.needs_shapes else None
        self._shared = A.Compose(list((shared or {}).values()), keypoint_params=along)
        self._warp = A.Compose([self._face_warp])
        self._input_only = A.Compose(list((input_only or {}).values()))

    def __call__(
        self, crop_CC4: NDArray[np.uint8], rng: np.random.Generator, *, step: int = 0, shapes: Shapes | None = None
    ) -> FacePair:
        """Draws one sample.

        Args:
            crop_CC4: RGB and regions, uint8.
            rng: The only source of chance: the same generator state gives the same sample.
            step: Of the run, for a warp that changes with it.
            shapes: What the face is bent into, for a warp that needs it; None bends nothing there.
        """
        crop_CC4 = self._begin(crop_CC4, rng, step, shapes)
        pair = self._warp(image=crop_CC4, target=crop_CC4)
        warped_SS3 = _colours(pair["image"])
        if self._input_only.transforms:
            warped_SS3 = self._input_only(image=warped_SS3)["image"]
        return FacePair(warped_SS3, self._sharpen(pair["target"]))

    def goal(self, crop_CC4: NDArray[np.uint8], rng: np.random.Generator, *, step: int = 0) -> NDArray[np.uint8]:
        """The target alone, RGB and regions, as ``__call__`` would give it, for the price of the target alone."""
        crop_CC4 = self._begin(crop_CC4, rng, step, None)
        warp = self._face_warp
        points = warp.get_params_dependent_on_data({}, {"image": crop_CC4})
        return self._sharpen(warp.apply_to_target(crop_CC4, **points))

    def prepare(
        self, crop_CC4: NDArray[np.uint8], rng: np.random.Generator, *, step: int = 0, shapes: Shapes | None = None
    ) -> Prepared:
        """The sample that ``__call__`` would give, before it is warped."""
        crop_CC4 = self._begin(crop_CC4, rng, step, shapes)
        params = self._face_warp.get_params_dependent_on_data({}, {"image": crop_CC4})
        return Prepared(crop_CC4, params["points_N2"], self._face_warp.crop_to_target(**params))

    @property
    def cells(self) -> tuple[int, ...]:
        """Cells a side of the grids that the warp may bend."""
        return self._face_warp.cells

    @property
    def after_warp(self) -> str | None:
        """The first option that works on warped faces, or None where the warp comes last."""
        if self._input_only.transforms:
            return "augment.input_only"
        return "augment.sharpening" if self._sharpening else None

    def _sharpen(self, target_SS4: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Unsharp masking of the colours."""
        if not self._sharpening:
            return target_SS4
        blurred_SS4 = cv2.GaussianBlur(target_SS4, (0, 0), sigmaX=_FINE_PX)
        sharp_SS4 = cv2.addWeighted(target_SS4, 1 + self._sharpening, blurred_SS4, -self._sharpening, 0)
        cv2.insertChannel(_regions(target_SS4), sharp_SS4, 3)
        return np.asarray(sharp_SS4, np.uint8)

    def _begin(
        self, crop_CC4: NDArray[np.uint8], rng: np.random.Generator, step: int, shapes: Shapes | None
    ) -> NDArray[np.uint8]:
        """Makes the generator the source of all chance, and alters what input and target share."""
        self._face_warp.step, self._face_warp.shapes = step, shapes
        py_random = random.Random(int(rng.integers(1 << 63)))
        for stage in (self._shared, self._warp, self._input_only):
            stage.set_random_state(rng, py_random)
        if not self._shared.transforms:
            return crop_CC4
        parts: dict[str, Any] = {"image": _colours(crop_CC4), "mask": _regions(crop_CC4)}
        if self.needs_shapes:  # landmarks go where the picture goes, as a mirrored face's do
            both_L2 = np.zeros((0, 2)) if shapes is None else np.concatenate([shapes.own_L2, shapes.other_L2])
            parts["keypoints"] = both_L2
        shared = self._shared(**parts)
        if shapes is not None and self.needs_shapes:
            own_L2, other_L2 = np.split(np.asarray(shared["keypoints"], np.float64), 2)
            self._face_warp.shapes = Shapes(own_L2, other_L2, shapes.size)
        return _join(image=shared["image"], mask=shared["mask"])


def only_resize(crop_CC4: NDArray[np.uint8], *, input_size: int, target_size: int) -> FacePair:
    """The sample without any augmentation, as validation and previews see it."""
    size = len(crop_CC4)
    warped_SS4 = move(crop_CC4, resize_affine(size, input_size), input_size)
    return FacePair(warped_SS4[..., :3], move(crop_CC4, resize_affine(size, target_size), target_size))


# cv2 takes channels out and puts them back several times faster than numpy's strided copies.
def _colours(crop_CC4: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(crop_CC4, cv2.COLOR_RGBA2RGB), np.uint8)


def _regions(crop_CC4: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.extractChannel(crop_CC4, 3), np.uint8)


def _join(image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    crop_CC4 = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2RGBA), np.uint8)
    cv2.insertChannel(mask, crop_CC4, 3)
    return crop_CC4
