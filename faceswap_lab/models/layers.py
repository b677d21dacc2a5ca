"""The two blocks all our convolutional parts are made of, and their initial weights."""

import torch
from torch import Tensor, nn

SLOPE = 0.1
"""Negative slope of every leaky ReLU."""


class Halve(nn.Sequential):
    """Strided convolution and leaky ReLU: half the side, ``out_channels`` channels."""

    def __init__(self, in_channels: int, out_channels: int, *, kernel: int = 5) -> None:
        convolution = nn.Conv2d(in_channels, out_channels, kernel, stride=2, padding=kernel // 2)
        init_he(convolution)
        super().__init__(convolution, nn.LeakyReLU(SLOPE))


class Double(nn.Sequential):
    """Convolution to four times the channels, leaky ReLU, pixel shuffle: twice the side.

    Source:
        Shi et al. 2016, arXiv:1609.05158, with the activation before the shuffle.
    """

    def __init__(self, in_channels: int, out_channels: int, *, kernel: int = 3) -> None:
        convolution = nn.Conv2d(in_channels, 4 * out_channels, kernel, padding=kernel // 2)
        init_subpixel(convolution, factor=2)
        super().__init__(convolution, nn.LeakyReLU(SLOPE), nn.PixelShuffle(2))


def init_he(layer: nn.Conv2d | nn.Linear, *, slope: float = SLOPE) -> None:
    """Draws He-uniform weights for a layer that a leaky ReLU follows, and zero biases.

    Source:
        He et al. 2015, arXiv:1502.01852, eq. 15.
    """
    nn.init.kaiming_uniform_(layer.weight, a=slope, nonlinearity="leaky_relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def init_subpixel(layer: nn.Conv2d, *, factor: int) -> None:
    """Draws He-uniform weights that are equal for the sub-pixels of one output pixel.

    An upscale then begins as nearest-neighbour enlargement, free of the checkerboard that training would have to
    remove first.

    Args:
        layer: Convolution in front of ``nn.PixelShuffle(factor)``; a multiple of ``factor ** 2`` output channels.
        factor: How many sub-pixels a side.

    Source:
        Aitken et al. 2017 (ICNR), arXiv:1707.02937.
    """
    init_he(layer)
    with torch.no_grad():
        layer.weight.copy_(_repeat_subpixels(layer.weight[:: factor**2], factor))


def _repeat_subpixels(weight: Tensor, factor: int) -> Tensor:
    return weight.repeat_interleave(factor**2, dim=0)
