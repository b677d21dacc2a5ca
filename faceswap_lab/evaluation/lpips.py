"""LPIPS: how alike two pictures look, by the features of a network that learned to name things."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.evaluation.lpips_network import BACKBONES, LEAST_PX, LpipsNetwork

WEIGHTS = BACKBONES["alex"].url


class Lpips:
    """Distance of pictures in AlexNet's features; 0 for equal ones, the lower, the better, seldom above 1.

    Formula: ``sum_l mean_xy w_l . (f_l(a) - f_l(b))^2`` with features f of layer l of length 1 at every pixel and the
    published weights w. Compare only pictures of one size.

    Raises:
        ConfigError: AlexNet's weights are neither in torch's cache nor to be had; the line says where they belong.

    Source:
        Zhang et al., arXiv:1801.03924, eq. 1; variant ``alex``, version 0.1.
    """

    def __init__(self) -> None:
        self._network = LpipsNetwork("alex", option="perceptual=true", instead="perceptual=false")

    def __call__(self, first_SS3: NDArray[np.floating], second_SS3: NDArray[np.floating]) -> float:
        """The distance of two RGB pictures in [0, 1].

        Raises:
            ShapeError: They differ in shape or are smaller than 32 px a side.
        """
        if first_SS3.shape != second_SS3.shape or first_SS3.ndim != 3 or min(first_SS3.shape[:2]) < LEAST_PX:
            raise ShapeError(
                f"LPIPS needs two RGB images of equal shape, {LEAST_PX} px or more, got {first_SS3.shape} and "
                f"{second_SS3.shape}"
            )
        with torch.inference_mode():
            maps = self._network.distances(_tensor(first_SS3), _tensor(second_SS3))
            return sum(float(distance.mean()) for distance in maps)


def _tensor(image_SS3: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image_SS3, np.float32)).permute(2, 0, 1)[None]
