"""Structural similarity at several scales: fine texture counts, and so does the shape of the whole face.

Shape letters: H, W image height and width in px.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.evaluation.similarity import WINDOW_PX, similarity_maps

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def ms_ssim(first_HW3: NDArray, second_HW3: NDArray, mask_HW: NDArray | None = None) -> float:
    """Multi-scale structural similarity in [0, 1], 1 for equal images; the higher, the better.

    Formula: ``prod_j cs_j^w_j * l_M^w_M`` with the published weights; each scale halves the one before, and each map is
    averaged inside the mask at its scale. As many of the five scales are taken as leave 11 px a side (96 px: four),
    their weights divided by their sum. A negative mean of a scale counts as 0.

    Args:
        first_HW3: RGB image in [0, 1], at least 11 px a side.
        second_HW3: RGB image in [0, 1] of the same shape.
        mask_HW: Pixels that count (true or non-zero); all if left out.

    Raises:
        ShapeError: The shapes differ, an image is too small, or the mask is empty.

    Source:
        Wang, Simoncelli and Bovik, Asilomar 2003, eq. 7, doi:10.1109/ACSSC.2003.1292216; window and constants as in
        Wang et al. 2004.
    """
    if first_HW3.shape != second_HW3.shape or first_HW3.ndim != 3 or min(first_HW3.shape[:2]) < WINDOW_PX:
        raise ShapeError(
            f"need two RGB images of equal shape, {WINDOW_PX} px or more, got {first_HW3.shape}, {second_HW3.shape}"
        )
    mask = np.ones(first_HW3.shape[:2]) if mask_HW is None else (mask_HW > 0).astype(np.float64)
    if mask.shape != first_HW3.shape[:2] or not mask.any():
        raise ShapeError(f"need a mask of shape {first_HW3.shape[:2]} with something inside it, got {mask.shape}")
    first, second = (torch.from_numpy(x.astype(np.float64)).permute(2, 0, 1)[None] for x in (first_HW3, second_HW3))
    weight, scales = torch.from_numpy(mask)[None, None], 1
    while scales < len(_WEIGHTS) and min(first_HW3.shape[:2]) // 2**scales >= WINDOW_PX:
        scales += 1
    powers = np.array(_WEIGHTS[:scales]) / sum(_WEIGHTS[:scales])
    result = 1.0
    for scale in range(scales):
        if scale:
            first, second, weight = (F.avg_pool2d(x, 2) for x in (first, second, weight))
        structure, light = similarity_maps(first, second)
        values = light * structure if scale == scales - 1 else structure
        inside = float((values.mean(1, keepdim=True) * weight).sum() / weight.sum())
        result *= max(inside, 0.0) ** float(powers[scale])
    return result
