"""The network behind LPIPS: how differently a classifier of photographs sees two pictures, place by place.

Shape letters: B batch, C channels, S side of a picture in px, V side of a map of features.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision import models

from faceswap_lab.core.hub_weights import load_hub_weights
from faceswap_lab.core.packaged import packaged_file

LEAST_PX = 32
"""Side of a picture; below, the last layers have no pixel left."""

_MEAN, _STD = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of the published distance, for colours in [-1, 1]


class _Backbone(NamedTuple):
    """A classifier of torchvision: its name, its file, and after which of its layers it is asked."""

    name: str
    url: str
    ends: Sequence[int]


BACKBONES = {
    "alex": _Backbone("alexnet", models.AlexNet_Weights.IMAGENET1K_V1.url, (2, 5, 8, 10, 12)),
    "vgg": _Backbone("vgg16", models.VGG16_Weights.IMAGENET1K_V1.url, (4, 9, 16, 23, 30)),
}


class LpipsNetwork:
    """Features of five layers, compared with each of length 1 and weighed as published.

    No module, so that neither checkpoints nor optimisers see it; its parts follow their input's device. The weights are
    torchvision's, fetched once (alex 233 MB, vgg 528 MB); how much each feature counts comes with torchmetrics.

    Args:
        net: One of ``BACKBONES``; ``alex`` is quicker.
        option: What asks for it, for the message where weights cannot be fetched.
        instead: What to do without them.

    Raises:
        ConfigError: The weights cannot be fetched.

    Source:
        Zhang et al. 2018, arXiv:1801.03924, equation 1, with the published linear weights (version 0.1).
    """

    def __init__(self, net: str, *, option: str, instead: str) -> None:
        backbone = BACKBONES[net]
        classifier = models.get_model(backbone.name, weights=None)
        load_hub_weights(classifier, backbone.url, option=option, instead=instead)
        layers = list(cast(nn.Sequential, classifier.features))
        self.parts = [nn.Sequential(*layers[begin:end]) for begin, end in pairwise((0, *backbone.ends))]
        path = packaged_file("torchmetrics", f"functional/image/lpips_models/{net}.pth", distribution="torchmetrics")
        heads: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
        self._weights = [heads[f"lin{number}.model.1.weight"] for number in range(len(self.parts))]

    def distances(self, first_B3SS: Tensor, second_B3SS: Tensor) -> list[Tensor]:
        """The weighted squared difference at each place of each layer, shapes (B, 1, V, V).

        Args:
            first_B3SS: RGB in [0, 1], at least ``LEAST_PX`` px a side.
            second_B3SS: What it is compared with.
        """
        maps: list[Tensor] = []
        for features_BCVV, weight_1C11 in zip(
            self._seen(torch.cat([first_B3SS, second_B3SS])), self._weights, strict=True
        ):
            # The small number lies under the root: where no feature answers, its gradient would be 0 / 0.
            unit_BCVV = features_BCVV / (features_BCVV.square().sum(1, keepdim=True) + 1e-8).sqrt()
            difference_BCVV = (unit_BCVV[: len(first_B3SS)] - unit_BCVV[len(first_B3SS) :]).square()
            maps.append(F.conv2d(difference_BCVV, weight_1C11.to(difference_BCVV.device)))
        return maps

    def _seen(self, images_B3SS: Tensor) -> list[Tensor]:
        """The features after each part."""
        mean, std = (images_B3SS.new_tensor(values).view(1, 3, 1, 1) for values in (_MEAN, _STD))
        features, maps = (2 * images_B3SS - 1 - mean) / std, list[Tensor]()
        for part in self.parts:
            features = part.to(images_B3SS.device)(features)
            maps.append(features)
        return maps
