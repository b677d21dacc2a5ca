"""Tells drawn from real twice: for patches of a chosen size, and for every pixel.

Shape letters: B batch, C channels, S side of a face in px, P side of the map of patches.
"""

from functools import lru_cache
from itertools import pairwise, product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.layers import init_he

_SLOPE = 0.2
_MOST_LAYERS = 7
_MOST_CHANNELS = 512


class UnetPatch(nn.Module):
    """A U-Net whose way down ends in a logit a patch and whose way up ends in a logit a pixel.

    Args:
        patch: Side of a patch, px, at least 3: the stack of convolutions is chosen whose field of view is nearest.
        channels: Of the first layer; doubled at each halving, up to 512.

    Raises:
        ConfigError: A value is out of its range.

    Source:
        Schönfeld, Schiele and Khoreva 2020, arXiv:2002.12655, without classes and mixing; patches after Isola et al.
        2017, arXiv:1611.07004.
    """

    def __init__(self, *, patch: int = 16, channels: int = 16) -> None:
        super().__init__()
        if patch < 3 or channels < 1:
            raise ConfigError(f"training.discriminator: patch={patch} must be 3 or more, channels={channels} 1 or more")
        strides = strides_for(patch)
        widths = [channels]
        for stride in strides:
            widths.append(min(widths[-1] * stride, _MOST_CHANNELS))
        self.enter = nn.Conv2d(3, channels, 1)
        self.down = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=stride, padding=1)
            for (before, after), stride in zip(pairwise(widths), strides, strict=True)
        )
        self.patches = nn.Conv2d(widths[-1], 1, 1)
        # From below come the channels of the layer below, beside them those that the way down had at this size.
        ups = [nn.Conv2d(after + before, before, 3, padding=1) for before, after in pairwise(widths)]
        self.up = nn.ModuleList(reversed(ups))
        self.pixels = nn.Conv2d(channels, 1, 1)
        for layer in (self.enter, *self.down, *self.up):
            init_he(layer, slope=_SLOPE)  # pyright: ignore[reportArgumentType]

    def forward(self, images_B3SS: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of being real: of patches, (B, 1, P, P), and of pixels, (B, 1, S, S).

        Args:
            images_B3SS: RGB in [0, 1].
        """
        maps = [F.leaky_relu(self.enter(images_B3SS * 2 - 1), _SLOPE)]
        for layer in self.down:
            maps.append(F.leaky_relu(layer(maps[-1]), _SLOPE))
        patches_B1PP = self.patches(maps[-1])
        up = maps.pop()
        for layer in self.up:
            beside = maps.pop()
            up = F.interpolate(up, size=beside.shape[-2:], mode="nearest")
            up = F.leaky_relu(layer(torch.cat([up, beside], dim=1)), _SLOPE)
        return patches_B1PP, self.pixels(up)


def field_of_view(strides: tuple[int, ...]) -> int:
    """Side of what one place of the last map sees, px, through 3x3 convolutions of these strides."""
    side, step = 1, 1
    for stride in strides:
        side += 2 * step
        step *= stride
    return side


@lru_cache
def strides_for(patch: int) -> tuple[int, ...]:
    """The stack, of up to seven 3x3 convolutions of stride 1 or 2, that sees nearest to ``patch`` px; the shortest."""
    stacks = [stack for count in range(1, _MOST_LAYERS + 1) for stack in product((2, 1), repeat=count)]
    return min(stacks, key=lambda stack: (abs(field_of_view(stack) - patch), len(stack), stack))
