"""How unevenly the gradients of two images agree: blur in one place counts more than a little everywhere."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceswap_lab.models.spec import Decoded
from faceswap_lab.training.losses.term import mean_over_processes

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_C = 170 / 255**2  # for a dynamic range of 1; the paper's 170 is for 255


class Gmsd(nn.Module):
    """Standard deviation, inside the mask, of the similarity of the gradient magnitudes of the luma; mean over faces.

    Source:
        Xue et al. 2014, doi:10.1109/TIP.2013.2293423, eq. 4 to 6: Prewitt gradients of the luma averaged over 2 x 2 px.
    """

    _luma: Tensor
    _prewitt: Tensor

    def __init__(self) -> None:
        super().__init__()
        across = torch.tensor([[1.0, 0.0, -1.0]]).expand(3, 3) / 3
        self.register_buffer("_luma", torch.tensor(_LUMA).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("_prewitt", torch.stack([across, across.T])[:, None], persistent=False)

    def forward(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
        with torch.autocast(target_B3SS.device.type, enabled=False):
            dtype = torch.promote_types(target_B3SS.dtype, torch.float32)
            mask_B1SS = mask_B1SS.to(dtype)
            # Only where all that a gradient looks at is face: 2 px of averaging and 3 of the operator.
            inside_B1VV = -F.max_pool2d(-F.avg_pool2d((mask_B1SS > 0).to(dtype).floor(), 2), 3, 1)
            inside_B1VV = (inside_B1VV >= 1).to(dtype) * F.avg_pool2d(mask_B1SS, 2)[..., 1:-1, 1:-1]
            drawn, real = (self._magnitude(image.to(dtype)) for image in (decoded.image_B3SS, target_B3SS))
            similarity_B1VV = (2 * drawn * real + _C) / (drawn.square() + real.square() + _C)
            share_B1VV = inside_B1VV / inside_B1VV.sum((2, 3), keepdim=True).clamp_min(1e-6)
            mean_B111 = (similarity_B1VV * share_B1VV).sum((2, 3), keepdim=True)
            variance_B = ((similarity_B1VV - mean_B111).square() * share_B1VV).sum((1, 2, 3))
            trust_B = mask_B1SS.amax((1, 2, 3))
            deviations = (((variance_B + 1e-12).sqrt() - 1e-6) * trust_B).sum()
            return deviations / mean_over_processes(trust_B.sum()).clamp_min(1e-6)

    def _magnitude(self, images_B3SS: Tensor) -> Tensor:
        luma_B1VV = F.avg_pool2d((images_B3SS * self._luma.to(images_B3SS.dtype)).sum(1, keepdim=True), 2)
        gradients_B2VV = F.conv2d(luma_B1VV, self._prewitt.to(images_B3SS.dtype))
        return (gradients_B2VV.square().sum(1, keepdim=True) + 1e-12).sqrt()
