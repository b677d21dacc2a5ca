"""What the parts of a network promise each other: shapes, and what each slot asks of its part.

Shape letters: B batch, C channels, H and W height and width of a feature map, S side of a square image in px.
"""

from typing import NamedTuple, Protocol

from torch import Tensor, nn


class FeatureSpec(NamedTuple):
    """Shape of a square feature map, without the batch.

    Attributes:
        channels: Number of channels.
        size: Height and width.
    """

    channels: int
    size: int


class Decoded(NamedTuple):
    """What a decoder draws.

    Attributes:
        image_B3SS: RGB in [0, 1].
        mask_B1SS: Share of face in each pixel, in [0, 1], or None for a decoder without mask head.
    """

    image_B3SS: Tensor
    mask_B1SS: Tensor | None


class Encoder(nn.Module):
    """From faces (B, 3, input_size, input_size), RGB in [0, 1], to a map of shape ``out_spec``.

    The bases in this file hold no behaviour: they name what a part states about itself, once it is built.
    """

    input_size: int
    out_spec: FeatureSpec


class Bottleneck(nn.Module):
    """From the encoder's map to the latent, of shape ``out_spec``."""

    out_spec: FeatureSpec


class Decoder(nn.Module):
    """From the latent to ``Decoded``, ``output_size`` px a side."""

    output_size: int


class BottleneckFactory(Protocol):
    """Builds a bottleneck for the map that the chosen encoder gives."""

    def __call__(self, *, in_spec: FeatureSpec) -> Bottleneck: ...


class DecoderFactory(Protocol):
    """Builds a fresh decoder, called once per identity."""

    def __call__(self, *, in_spec: FeatureSpec) -> Decoder: ...
