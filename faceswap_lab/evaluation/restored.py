"""How well a network knows a face: held-out faces of an identity through its own decoder."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.evaluation.finite import mean_or_none
from faceswap_lab.evaluation.lpips import Lpips
from faceswap_lab.evaluation.ms_ssim import ms_ssim
from faceswap_lab.evaluation.psnr import psnr
from faceswap_lab.evaluation.schema import RestoredMetrics
from faceswap_lab.evaluation.similarity import l1, ssim
from faceswap_lab.faces.crop import CropSpec, cut, frame_to_crop
from faceswap_lab.faces.maskers.hull import hull_mask
from faceswap_lab.swap.swapper import Swapper

BATCH = 16
MOST_PX = 128
"""Larger faces are compared at this side: so networks of different sizes compare, and finer grain counts little."""


@dataclass(slots=True)
class HeldOutFaces:
    """Real faces of one identity, cut as the network takes them and as they are compared with what it draws.

    Attributes:
        crop_spec: Of the network's input.
        output_size: Side of what it draws, px.
        inputs: Crops for the network, RGB uint8.
        goals: The same faces at the output's size, at most ``MOST_PX``.
        masks: Their landmark hulls at the goals' size, uint8.
    """

    crop_spec: CropSpec
    output_size: int
    inputs: list[NDArray[np.uint8]] = field(default_factory=list)
    goals: list[NDArray[np.uint8]] = field(default_factory=list)
    masks: list[NDArray[np.uint8]] = field(default_factory=list)

    def add(self, image: NDArray[np.uint8], landmarks_682: NDArray[np.float64]) -> None:
        """Cuts a face out of a frame of the footage."""
        size = min(self.output_size, MOST_PX)
        matrix_23 = frame_to_crop(landmarks_682, self.crop_spec.at(size))
        self.inputs.append(cut(image, frame_to_crop(landmarks_682, self.crop_spec), self.crop_spec.size))
        self.goals.append(cut(image, matrix_23, size))
        self.masks.append(hull_mask(landmarks_682, matrix_23, size))


def measure_restored(
    swapper: Swapper, faces: HeldOutFaces, identity: str, *, lpips: Lpips | None = None
) -> RestoredMetrics:
    """How alike the faces are to themselves after a way through their own decoder, inside the landmark hull."""
    restored: list[NDArray[np.float32]] = []
    for start in range(0, len(faces.inputs), BATCH):
        restored += list(swapper.swap(faces.inputs[start : start + BATCH], identity).images)
    return measure_alike(restored, faces, lpips=lpips)


def measure_alike(
    drawn: Sequence[NDArray[np.floating]], faces: HeldOutFaces, *, lpips: Lpips | None = None
) -> RestoredMetrics:
    """How alike drawn faces are to the real ones, inside the landmark hull.

    Args:
        drawn: RGB in [0, 1] at the output's size, one for each held-out face; shrunk to the goals' size.
        faces: The real ones.
        lpips: Compares the whole squares too, where its weights are there.
    """
    looks: list[float] = []
    measures = {"ssim": ssim, "ms_ssim": ms_ssim, "psnr": psnr, "l1": l1}
    scores: dict[str, list[float]] = {name: [] for name in measures}
    for image, goal, mask in zip(drawn, faces.goals, faces.masks, strict=True):
        real = goal.astype(np.float64) / 255.0
        shown = image
        if image.shape != real.shape:
            shown = np.asarray(cv2.resize(image, mask.shape, interpolation=cv2.INTER_AREA), np.float64)
        for name, measure in measures.items():
            scores[name].append(measure(shown, real, mask > 127))
        if lpips is not None:
            looks.append(lpips(shown, real))
    return {
        "frames": len(faces.inputs),
        "ssim": mean_or_none(scores["ssim"]),
        "ms_ssim": mean_or_none(scores["ms_ssim"]),
        "psnr": mean_or_none(scores["psnr"]),
        "l1": mean_or_none(scores["l1"]),
        "lpips": mean_or_none(looks),
    }
