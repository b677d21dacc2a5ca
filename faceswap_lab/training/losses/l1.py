"""Absolute difference inside the mask."""

from torch import Tensor, nn

from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.term import masked_mean


class MaskedL1(nn.Module):
    """Mean absolute difference of the RGB values, in [0, 1].

    Args:
        outside: Weight of a pixel outside the mask, in [0, 1]. A little keeps the rim of the face, which blending
            shows, from drifting; 0 ignores it.
    """

    def __init__(self, *, outside: float = 0.0) -> None:
        super().__init__()
        self.outside = outside

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        weights_B1SS = self.outside + (1 - self.outside) * mask_B1SS
        return masked_mean((decoded.image_B3SS - target_B3SS).abs(), weights_B1SS)
