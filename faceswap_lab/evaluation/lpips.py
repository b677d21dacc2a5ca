"""LPIPS: how alike two pictures look, by the features of a network that learned to name things.

Its calibration comes with torchmetrics; the network's weights are torchvision's and fetched once. Shape letters: B
batch, C channels, S side in px.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.models import alexnet

from faceswap_lab.core.errors import ShapeError
from faceswap_lab.core.hub_weights import load_hub_weights
from faceswap_lab.core.packaged import packaged_file

WEIGHTS = "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth"
_LAYERS = (1, 4, 7, 9, 11)  # AlexNet's five rectifications
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
_LEAST_PX = 32


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
        network = alexnet(weights=None)
        load_hub_weights(network, WEIGHTS, option="perceptual=true", instead="perceptual=false")
        self._layers: nn.Sequential = network.features
        path = packaged_file("torchmetrics", "functional/image/lpips_models/alex.pth", distribution="torchmetrics")
        linear = torch.load(path, map_location="cpu", weights_only=True)
        self._weights = [linear[f"lin{number}.model.1.weight"] for number in range(len(_LAYERS))]

    def __call__(self, first_SS3: NDArray[np.floating], second_SS3: NDArray[np.floating]) -> float:
        """The distance of two RGB pictures in [0, 1].

        Raises:
            ShapeError: They differ in shape or are smaller than 32 px a side.
        """
        if first_SS3.shape != second_SS3.shape or first_SS3.ndim != 3 or min(first_SS3.shape[:2]) < _LEAST_PX:
            raise ShapeError(
                f"LPIPS needs two RGB images of equal shape, {_LEAST_PX} px or more, got {first_SS3.shape} and "
                f"{second_SS3.shape}"
            )
        distance = 0.0
        with torch.inference_mode():
            pairs = zip(self._features(first_SS3), self._features(second_SS3), self._weights, strict=True)
            for first_1CSS, second_1CSS, weight_1C11 in pairs:
                distance += float(((first_1CSS - second_1CSS).square() * weight_1C11).sum(dim=1).mean())
        return distance

    def _features(self, image_SS3: NDArray[np.floating]) -> list[Tensor]:
        values = torch.from_numpy(np.ascontiguousarray(image_SS3, np.float32)).permute(2, 0, 1)[None]
        values = (2 * values - 1 - torch.tensor(_SHIFT).view(1, 3, 1, 1)) / torch.tensor(_SCALE).view(1, 3, 1, 1)
        found: list[Tensor] = []
        for place, layer in enumerate(self._layers):
            values = layer(values.clone())  # the rectifications work in place
            if place in _LAYERS:
                found.append(values / (values.square().sum(dim=1, keepdim=True).sqrt() + 1e-10))
        return found
