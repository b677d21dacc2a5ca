"""What one person's skin looks like close by: a learned picture that moves with the face.

A narrow decoder cannot draw wrinkles, brows and moles pixel by pixel, and blurs them. But they are always the same
and only move. So they are kept as one picture for each identity, and a decoder only says where each place of it goes.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_SPEED = 3.0  # of the picture's learning: its pixels are parameters with a gradient from few faces each


class Texture(nn.Module):
    """Adds a learned picture to an image, each place of it moved and weighed as coarse features ask for.

    Both begin at next to nothing: the picture is all but blank, and nothing is moved. What is learned first is the mean
    of what the decoder blurs; as places move to where they belong in every face, it becomes sharp.

    Args:
        channels: Of the features.
        size: Side of the image, px.
        side: Side of the picture, px.
        reach: How far a place moves at most, in sides of the image.

    Source:
        Shu et al. 2018 (Deforming Autoencoders), arXiv:1806.06503: an appearance in a frame of its own, and a field
        that deforms it; here it is a parameter of the identity instead of a second code, and adds what is fine.
    """

    grid_SS2: Tensor

    def __init__(self, channels: int, *, size: int, side: int, reach: float = 0.075) -> None:
        super().__init__()
        self._size, self._reach = size, reach
        self.picture_3TT = nn.Parameter(torch.randn(3, side, side) * 1e-3)  # of a blank one no move would be felt
        self.moves = nn.Conv2d(channels, 2, 3, padding=1)
        self.weights = nn.Conv2d(channels, 1, 3, padding=1)
        nn.init.normal_(self.moves.weight, std=1e-3)
        nn.init.normal_(self.weights.weight, std=1e-2)
        for layer in (self.moves, self.weights):
            nn.init.zeros_(cast(Tensor, layer.bias))
        axis = (torch.arange(size) + 0.5) / size * 2 - 1
        self.register_buffer("grid_SS2", torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1), persistent=False)

    def forward(self, features_BCHW: Tensor) -> Tensor:
        """Returns what is to be added to the image's logits, shape (B, 3, size, size).

        Args:
            features_BCHW: Coarse features of the faces.
        """
        # Half precision places pixels to a sixteenth of one at best. What can be done is done while maps are small.
        moves_B2HW = 2 * self._reach * torch.tanh(self.moves(features_BCHW).float() / (4 * self._reach))
        weights_B1HW = 2 * _SPEED * torch.sigmoid(self.weights(features_BCHW).float())
        both_B3HW = torch.cat([moves_B2HW, weights_B1HW], 1)
        both_B3SS = F.interpolate(both_B3HW, size=(self._size, self._size), mode="bilinear")
        places_BSS2 = self.grid_SS2 + both_B3SS[:, :2].permute(0, 2, 3, 1)
        return both_B3SS[:, 2:] * sample(self.picture_3TT, places_BSS2)


def sample(picture_CTT: Tensor, places_BSS2: Tensor) -> Tensor:
    """A picture at given places, bilinear, its rim repeated outside, shape (B, C, S, S).

    Args:
        picture_CTT: The picture.
        places_BSS2: x and y; -1 and 1 are its edges.
    """
    if torch.onnx.is_in_onnx_export():
        return _sample_by_parts(picture_CTT, places_BSS2)
    pictures_BCTT = picture_CTT.expand(len(places_BSS2), -1, -1, -1)
    return F.grid_sample(pictures_BCTT, places_BSS2, mode="bilinear", padding_mode="border", align_corners=False)


def _sample_by_parts(picture_CTT: Tensor, places_BSS2: Tensor) -> Tensor:
    """The same of operators that ONNX has had from the start; `grid_sample` came with opset 16."""
    side = picture_CTT.shape[-1]
    places_BSS2 = ((places_BSS2 + 1) * (side / 2) - 0.5).clamp(0, side - 1)
    low_BSS2 = places_BSS2.floor().clamp(0, side - 2)
    share_BSS2 = places_BSS2 - low_BSS2
    pixels_PC = picture_CTT.flatten(1).t()
    first_BSS = (low_BSS2[..., 1] * side + low_BSS2[..., 0]).long()
    right_BSS1, down_BSS1 = share_BSS2[..., :1], share_BSS2[..., 1:]
    above = pixels_PC[first_BSS] * (1 - right_BSS1) + pixels_PC[first_BSS + 1] * right_BSS1
    below = pixels_PC[first_BSS + side] * (1 - right_BSS1) + pixels_PC[first_BSS + side + 1] * right_BSS1
    return (above * (1 - down_BSS1) + below * down_BSS1).permute(0, 3, 1, 2)
