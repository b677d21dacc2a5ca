"""How well held-out faces are restored, in batches: SSIM and mean absolute difference inside the mask.

Shape letters: B batch, S side of a face in px.
"""

import torch
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure


def masked_ssim(restored_B3SS: Tensor, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
    """Structural similarity of each face, averaged over its mask, shape (B,), in [-1, 1]; 1 for equal images.

    Args:
        restored_B3SS: RGB in [0, 1].
        target_B3SS: RGB in [0, 1].
        mask_B1SS: Weight of each pixel, in [0, 1].

    Source:
        Wang et al., IEEE TIP 13(4), 2004, doi:10.1109/TIP.2003.819861, as torchmetrics computes its map.
    """
    # Differences of nearly equal second moments do not survive bfloat16.
    with torch.autocast(target_B3SS.device.type, enabled=False):
        _, map_B3SS = structural_similarity_index_measure(
            restored_B3SS.float(), target_B3SS.float(), data_range=1.0, return_full_image=True
        )
    return _mean_inside(torch.as_tensor(map_B3SS), mask_B1SS)


def masked_l1(restored_B3SS: Tensor, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
    """Mean absolute difference of each face inside its mask, shape (B,), in [0, 1]."""
    return _mean_inside((restored_B3SS.float() - target_B3SS.float()).abs(), mask_B1SS)


def _mean_inside(map_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor:
    weights_B1SS = mask_B1SS.float()
    total_B = (map_B3SS * weights_B1SS).sum((1, 2, 3))
    return total_B / (weights_B1SS.sum((1, 2, 3)) * map_B3SS.shape[1]).clamp_min(1e-6)
