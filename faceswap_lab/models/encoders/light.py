"""A small encoder for minutes on a CPU: it looks at a face without its colours' level and without what surrounds it."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from faceswap_lab.models.layers import Halve
from faceswap_lab.models.sides import check_halvings
from faceswap_lab.models.spec import Encoder, FeatureSpec


class Light(Encoder):
    """Evens out the light, fades the corners, then halves the side once per width.

    Hair, background and the tone of skin and light tell the identities apart at a glance. An encoder that sees them
    gives each identity a region of its own in the latent space, and a decoder draws poorly from the other's. So each
    face loses its mean colour and its contrast, measured inside an oval, and everything outside that oval.

    Args:
        input_size: Side of the faces, px; a multiple of ``2 ** len(widths)``.
        widths: Channels after each halving.
        kernels: Side of the convolution of each halving. The first sees three channels, so a wide one costs little.

    Raises:
        ConfigError: The side cannot be halved that often.
    """

    _oval: Tensor

    def __init__(
        self,
        *,
        input_size: int = 64,
        widths: Sequence[int] = (24, 48, 96, 192),
        kernels: Sequence[int] = (5, 3, 3, 3),
    ) -> None:
        super().__init__()
        check_halvings("model.encoder.input_size", size=input_size, halvings=len(widths))
        self.input_size = input_size
        self.out_spec = FeatureSpec(channels=widths[-1], size=input_size // 2 ** len(widths))
        self.layers = nn.Sequential(
            *(Halve(i, o, kernel=k) for (i, o), k in zip(pairwise((3, *widths)), kernels, strict=True))
        )
        self.register_buffer("_oval", _draw_oval(input_size)[None, None], persistent=False)

    def forward(self, faces_B3SS: Tensor) -> Tensor:
        return self.layers(_even_out(faces_B3SS, self._oval) * self._oval)


def _even_out(faces_B3SS: Tensor, weights_11SS: Tensor) -> Tensor:
    """Each face with a mean of 0 per channel and a spread near 1 over all channels, both under the weights."""
    share_11SS = weights_11SS / weights_11SS.sum()
    centred_B3SS = faces_B3SS - (faces_B3SS * share_11SS).sum((2, 3), keepdim=True)
    variance_B111 = (centred_B3SS.square() * share_11SS).sum((2, 3), keepdim=True).mean(1, keepdim=True)
    # The constant keeps a flat face, which has nothing to show, from being blown up to noise.
    return centred_B3SS / (variance_B111 + 1e-3).sqrt()


def _draw_oval(size: int) -> Tensor:
    """1 on the face, 0 in the corners and falling between; a square crop of kind ``face`` just holds the face."""
    places = (torch.arange(size) + 0.5) / size * 2 - 1
    radius_SS = (places[:, None].abs() ** 2.5 + places[None].abs() ** 2.5) ** (1 / 2.5)
    return ((1.02 - radius_SS) / 0.12).clamp(0, 1)
