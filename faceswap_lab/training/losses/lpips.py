"""Learned perceptual distance: how differently a network trained on photographs sees two faces.

Shape letters: B batch, C channels, S side of a face in px, V side of a map of features.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision import models

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.hub_weights import load_hub_weights
from faceswap_lab.core.packaged import packaged_file
from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.term import masked_mean, split_trust

_MEAN, _STD = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of the published distance, for colours in [-1, 1]
_SMALLEST = 32  # px; below, the last layers have no pixel left


class _Backbone(NamedTuple):
    """A classifier of torchvision: its name, its file, and after which of its layers it is asked."""

    name: str
    url: str
    ends: Sequence[int]


_BACKBONES = {
    "alex": _Backbone("alexnet", models.AlexNet_Weights.IMAGENET1K_V1.url, (2, 5, 8, 10, 12)),
    "vgg": _Backbone("vgg16", models.VGG16_Weights.IMAGENET1K_V1.url, (4, 9, 16, 23, 30)),
}


class Lpips(nn.Module):
    """Mean over the face of the weighted squared difference of features, each of length 1, summed over five layers.

    Drawn pixels outside the mask are replaced by the target's first, so they change nothing. The network stays out of
    checkpoints. Its weights are torchvision's, fetched once (alex 233 MB, vgg 528 MB); how much each feature counts
    comes with torchmetrics.

    Args:
        net: ``alex``, quicker, or ``vgg``.

    Raises:
        ConfigError: There is no such network, its weights cannot be fetched, or faces are smaller than 32 px.

    Source:
        Zhang et al. 2018, arXiv:1801.03924, equation 1, with the published linear weights (version 0.1).
    """

    def __init__(self, *, net: str = "alex") -> None:
        super().__init__()
        if net not in _BACKBONES:
            raise ConfigError(f"loss.terms.lpips.net={net}: choose one of {', '.join(_BACKBONES)}")
        backbone = _BACKBONES[net]
        classifier = models.get_model(backbone.name, weights=None)
        load_hub_weights(
            classifier,
            backbone.url,
            option=f"the loss term lpips ({net})",
            instead="a loss without it",
        )
        layers = list(cast(nn.Sequential, classifier.features))
        parts = [nn.Sequential(*layers[begin:end]) for begin, end in pairwise((0, *backbone.ends))]
        # In a list, so that neither checkpoints nor optimisers see them; they follow their input's device.
        self._parts = [parts]
        path = packaged_file("torchmetrics", f"functional/image/lpips_models/{net}.pth", distribution="torchmetrics")
        heads: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
        self._weights = [[heads[f"lin{number}.model.1.weight"] for number in range(len(parts))]]

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        if target_B3SS.shape[-1] < _SMALLEST:
            raise ConfigError(
                f"loss.terms.lpips looks at faces of {_SMALLEST} px and more, not {target_B3SS.shape[-1]}; raise "
                "loss.resolution, or leave the term out"
            )
        with torch.autocast(target_B3SS.device.type, enabled=False):
            real_B3SS = target_B3SS.float()
            share_B1SS, trust_B111 = split_trust(mask_B1SS.float())
            drawn_B3SS = real_B3SS + share_B1SS * (decoded.image_B3SS.float() - real_B3SS)
            count = len(real_B3SS)
            seen = self._seen(torch.cat([drawn_B3SS, real_B3SS]))
            layers: list[Tensor] = []
            for features_BCVV, weight_1C11 in zip(seen, self._weights[0], strict=True):
                # The small number lies under the root: where no feature answers, its gradient would be 0 / 0.
                unit_BCVV = features_BCVV / (features_BCVV.square().sum(1, keepdim=True) + 1e-8).sqrt()
                difference_BCVV = (unit_BCVV[:count] - unit_BCVV[count:]).square()
                distance_B1VV = F.conv2d(difference_BCVV, weight_1C11.to(difference_BCVV.device))
                counted_B1VV = F.adaptive_avg_pool2d(share_B1SS, distance_B1VV.shape[-1])
                layers.append(masked_mean(distance_B1VV, counted_B1VV * trust_B111))
            return torch.stack(layers).sum()

    def _seen(self, images_B3SS: Tensor) -> list[Tensor]:
        """The features after each part."""
        mean, std = (images_B3SS.new_tensor(values).view(1, 3, 1, 1) for values in (_MEAN, _STD))
        features, maps = (2 * images_B3SS - 1 - mean) / std, list[Tensor]()
        for part in self._parts[0]:
            features = part.to(images_B3SS.device)(features)
            maps.append(features)
        return maps
