"""What a loss term is, and the masked mean that all of them take.

Shape letters: B batch, S side of a face in px. Images are RGB float32 in [0, 1], masks the share of face in a pixel,
times how far the face can be trusted as a goal (1 but for partners), which is thus the mask's peak.
"""

from typing import Protocol

from torch import Tensor
from torch import distributed as dist

from faceswap_lab.models.spec import Decoded


class LossTerm(Protocol):
    """A module that says in one number how far the drawing is from the target; 0 is perfect."""

    def __call__(self, decoded: Decoded, target_B3SS: Tensor, mask_B1SS: Tensor) -> Tensor: ...


def masked_mean(values_BCHW: Tensor, mask_B1HW: Tensor) -> Tensor:
    """Mean of a map where the mask is set, each pixel counting by its mask; 0 where no mask is set at all."""
    weights_B1HW = mask_B1HW.to(values_BCHW.dtype)
    area = mean_over_processes(weights_B1HW.sum()) * values_BCHW.shape[1]
    return (values_BCHW * weights_B1HW).sum() / area.clamp_min(1e-6)


def mean_over_processes(amount: Tensor) -> Tensor:
    """A number's mean over the processes that train together; the number itself where there is one.

    Processes average their gradients. A sum over one process's faces, divided by the mean of all processes' areas, then
    averages to the quotient over all faces, which is what one process would have got; with its own area it would not,
    for faces of one process are not as large as those of another. Without gradient: only masks are counted.
    """
    if not (dist.is_available() and dist.is_initialized()):
        return amount
    total = amount.detach().clone()
    dist.all_reduce(total)
    return total / dist.get_world_size()


def split_trust(mask_B1SS: Tensor) -> tuple[Tensor, Tensor]:
    """The share of face in each pixel, and each face's trust, shape (B, 1, 1, 1): its mask's peak.

    For terms that ask whether a pixel is face at all, not only how much it counts.
    """
    trust_B111 = mask_B1SS.amax((1, 2, 3), keepdim=True)
    return mask_B1SS / trust_B111.clamp_min(1e-6), trust_B111
