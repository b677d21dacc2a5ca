"""The blocks all our convolutional parts are made of, and their initial weights."""

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.core.errors import ConfigError

SLOPE = 0.1
"""Negative slope of every leaky ReLU outside of residual blocks."""

RESIDUAL_SLOPE = 0.2
"""Negative slope of the leaky ReLUs in and before residual blocks."""

_RESIDUAL_SHARE = 0.2  # of the usual weights, in the second convolution


class XCos(nn.Module):
    """``x cos x``, the activation of DeepFaceLab's ``-c`` variants."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.cos(x)


def activation(name: str, *, slope: float = SLOPE) -> nn.Module:
    """An activation by its name in configurations.

    Args:
        name: ``leaky_relu``, ``x_cos``, or ``none`` for a layer that is left linear.
        slope: Negative slope of the leaky ReLU.

    Raises:
        ConfigError: There is no such activation.
    """
    if name == "leaky_relu":
        return nn.LeakyReLU(slope)
    if name == "x_cos":
        return XCos()
    if name == "none":
        return nn.Identity()
    raise ConfigError(f"activation={name}: use leaky_relu, x_cos or none")


class Halve(nn.Sequential):
    """Strided convolution and activation: half the side, ``out_channels`` channels."""

    def __init__(self, in_channels: int, out_channels: int, *, kernel: int = 5, act: str = "leaky_relu") -> None:
        convolution = nn.Conv2d(in_channels, out_channels, kernel, stride=2, padding=kernel // 2)
        init_he(convolution)
        super().__init__(convolution, activation(act))


class Double(nn.Sequential):
    """Convolution to four times the channels, activation, pixel shuffle: twice the side.

    Source:
        Shi et al. 2016, arXiv:1609.05158, with the activation before the shuffle.
    """

    def __init__(self, in_channels: int, out_channels: int, *, kernel: int = 3, act: str = "leaky_relu") -> None:
        convolution = nn.Conv2d(in_channels, 4 * out_channels, kernel, padding=kernel // 2)
        init_subpixel(convolution, factor=2)
        super().__init__(convolution, activation(act), nn.PixelShuffle(2))


class Residual(nn.Module):
    """Two convolutions around an activation, added to what came in, and an activation behind the sum.

    The second convolution begins small, so that the block begins near the identity.

    Source:
        He et al. 2016, arXiv:1512.03385, without normalisation.
    """

    def __init__(self, channels: int, *, kernel: int = 3, act: str = "leaky_relu") -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, kernel, padding=kernel // 2)
        self.second = nn.Conv2d(channels, channels, kernel, padding=kernel // 2)
        self.inner, self.outer = activation(act, slope=RESIDUAL_SLOPE), activation(act, slope=RESIDUAL_SLOPE)
        init_he(self.first, slope=RESIDUAL_SLOPE)
        init_he(self.second, slope=RESIDUAL_SLOPE)
        with torch.no_grad():
            self.second.weight.mul_(_RESIDUAL_SHARE)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return self.outer(x_BCHW + self.second(self.inner(self.first(x_BCHW))))


class Heads(nn.Module):
    """Convolutions of one input, computed as one: where each gives few channels, several cost little more than one.

    Args:
        in_channels: Of the input.
        out_channels: Of each head, by name.
        kernel: Side of all of them.
    """

    def __init__(self, in_channels: int, out_channels: Mapping[str, int], *, kernel: int = 3) -> None:
        super().__init__()
        self.heads = nn.ModuleDict(
            {name: nn.Conv2d(in_channels, count, kernel, padding=kernel // 2) for name, count in out_channels.items()}
        )

    def __getitem__(self, name: str) -> nn.Conv2d:
        """The layer of a head, to initialise it."""
        return cast(nn.Conv2d, self.heads[name])

    def forward(self, x_BCHW: Tensor) -> dict[str, Tensor]:
        """The output of each head, by name."""
        layers = {name: self[name] for name in self.heads}
        weight = torch.cat([layer.weight for layer in layers.values()])
        bias = torch.cat([cast(Tensor, layer.bias) for layer in layers.values()])
        joint = F.conv2d(x_BCHW, weight, bias, padding=weight.shape[-1] // 2)
        return dict(zip(layers, joint.split([layer.out_channels for layer in layers.values()], dim=1), strict=True))


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
