"""Difference of the image gradients inside the mask: what blur costs, which L1 hardly feels."""

from torch import Tensor, nn

from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.term import masked_mean


class GradientDifference(nn.Module):
    """Mean absolute difference of neighbouring-pixel differences, along x and along y.

    Source:
        Mathieu et al. 2016, arXiv:1511.05440, eq. 6, with alpha = 1, but signed: edges must also point the same way.
    """

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        error_B3SS = decoded.image_B3SS - target_B3SS
        along_x = (error_B3SS[..., :, 1:] - error_B3SS[..., :, :-1]).abs()
        along_y = (error_B3SS[..., 1:, :] - error_B3SS[..., :-1, :]).abs()
        # A difference counts only where both of its pixels lie on the face.
        mask_x = mask_B1SS[..., :, 1:].minimum(mask_B1SS[..., :, :-1])
        mask_y = mask_B1SS[..., 1:, :].minimum(mask_B1SS[..., :-1, :])
        return (masked_mean(along_x, mask_x) + masked_mean(along_y, mask_y)) / 2
