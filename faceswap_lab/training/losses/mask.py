"""How far the predicted mask is from the landmarks' hull."""

from torch import Tensor, nn

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.spec import Decoded


class MaskL1(nn.Module):
    """Mean absolute difference of the masks over the whole crop.

    Raises:
        ConfigError: The decoder draws no mask.
    """

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        if decoded.mask_B1SS is None:
            raise ConfigError(
                "loss.terms.mask needs a decoder with a mask head; choose such a decoder or drop the term"
            )
        return (decoded.mask_B1SS - mask_B1SS).abs().mean()
