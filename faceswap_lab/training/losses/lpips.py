"""Learned perceptual distance: how differently a network trained on photographs sees two faces.

Shape letters: B batch, S side of a face in px, V side of a map of features.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.evaluation.lpips_network import BACKBONES, LEAST_PX, LpipsNetwork
from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.term import masked_mean, split_trust


class Lpips(nn.Module):
    """Mean over the face of the weighted squared difference of features, each of length 1, summed over five layers.

    Drawn pixels outside the mask are replaced by the target's first, so they change nothing. The network stays out of
    checkpoints, see ``LpipsNetwork``.

    Args:
        net: ``alex``, quicker, or ``vgg``.

    Raises:
        ConfigError: There is no such network, its weights cannot be fetched, or faces are smaller than 32 px.

    Source:
        Zhang et al. 2018, arXiv:1801.03924, equation 1, with the published linear weights (version 0.1).
    """

    def __init__(self, *, net: str = "alex") -> None:
        super().__init__()
        if net not in BACKBONES:
            raise ConfigError(f"loss.terms.lpips.net={net}: choose one of {', '.join(BACKBONES)}")
        self._network = LpipsNetwork(net, option=f"the loss term lpips ({net})", instead="a loss without it")

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        if target_B3SS.shape[-1] < LEAST_PX:
            raise ConfigError(
                f"loss.terms.lpips looks at faces of {LEAST_PX} px and more, not {target_B3SS.shape[-1]}; raise "
                "loss.resolution, or leave the term out"
            )
        with torch.autocast(target_B3SS.device.type, enabled=False):
            real_B3SS = target_B3SS.float()
            share_B1SS, trust_B111 = split_trust(mask_B1SS.float())
            drawn_B3SS = real_B3SS + share_B1SS * (decoded.image_B3SS.float() - real_B3SS)
            layers: list[Tensor] = []
            for distance_B1VV in self._network.distances(drawn_B3SS, real_B3SS):
                counted_B1VV = F.adaptive_avg_pool2d(share_B1SS, distance_B1VV.shape[-1])
                layers.append(masked_mean(distance_B1VV, counted_B1VV * trust_B111))
            return torch.stack(layers).sum()
