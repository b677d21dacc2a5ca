"""A checkpoint's held-out figures with whatever it draws resized to one size, so that recipes can be compared."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.commands.evaluate import measure
from faceswap_lab.core.compose import compose_config
from faceswap_lab.swap.swapper import SwappedFaces, Swapper

SIDE = 96


class ResizedSwapper(Swapper):
    """Draws at 96 px, whatever its network draws at."""

    def swap(self, crops: Sequence[NDArray[np.uint8]], identity: str) -> SwappedFaces:
        faces = super().swap(crops, identity)
        masks = None if faces.masks is None else np.stack([_resize(mask) for mask in faces.masks])
        return SwappedFaces(np.stack([_resize(image) for image in faces.images]), masks)


def measure_resized(
    checkpoint: Path,
    footage: Mapping[str, Path],
    ranges: Mapping[str, str],
    facesets: Mapping[str, Path],
    output: Path,
) -> dict[str, float]:
    """The worse direction's distance and mouth correlation, and the worse identity's SSIM, at 96 px.

    Args:
        checkpoint: A ``.ckpt`` file.
        footage: Held-out clip by identity.
        ranges: Its frames that count.
        facesets: What it was trained on.
        output: For the clips and the report, overwritten.
    """
    words = [f"checkpoint={checkpoint}", f"output={output}"]
    for table, values in (("footage", footage), ("range", ranges), ("facesets", facesets)):
        words += [f"{table}.{name}={value}" for name, value in values.items()]
    swapper = ResizedSwapper.from_checkpoint(checkpoint)
    swapper.output_size = SIDE
    evaluation = measure(compose_config("evaluate", words), title=checkpoint.name, commands={}, swapper=swapper)
    pairs, restored = evaluation.metrics["pairs"].values(), evaluation.metrics["restored"].values()
    # A face that is not found again counts as no likeness and no movement at all.
    distances = [pair["identity_distance_target"] for pair in pairs]
    mouths = [pair["mouth_opening_correlation"] for pair in pairs]
    return {
        "distance": max(1.0 if value is None else value for value in distances),
        "mouth": min(-1.0 if value is None else value for value in mouths),
        "ssim": min(0.0 if of_one["ssim"] is None else of_one["ssim"] for of_one in restored),
    }


def _resize(image: NDArray[np.float32]) -> NDArray[np.float32]:
    smaller = image.shape[0] > SIDE
    resized = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    return np.clip(np.asarray(resized, np.float32), 0.0, 1.0)
