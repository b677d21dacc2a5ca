"""What one training step sees: a batch is ``{identity: FaceBatch}``, as many faces of each identity as of any other.

Shape letters: B batch, S side of a face in px (the network's input for ``warped``, its output for ``target``).
"""

from typing import NamedTuple

import torch
from torch import Tensor


class FaceBatch(NamedTuple):
    """Faces of one identity, float32 in [0, 1], RGB.

    Attributes:
        warped_B3SS: What the network gets: a face bent by the warp.
        target_B3SS: What it should draw: the same face unbent. Its side may differ from the input's.
        mask_B1SS: Share of face in each pixel of the target.
    """

    warped_B3SS: Tensor
    target_B3SS: Tensor
    mask_B1SS: Tensor


class PixelBatch(NamedTuple):
    """The same faces as they leave a data worker: uint8, channels last, a quarter of the bytes to carry.

    Attributes:
        warped_BSS3: RGB, 0 to 255.
        target_BSS4: RGB and mask, 0 to 255.
    """

    warped_BSS3: Tensor
    target_BSS4: Tensor

    def to_faces(self) -> FaceBatch:
        """The batch as the network takes it, on whichever device the pixels are."""
        return FaceBatch(
            _to_unit_range(self.warped_BSS3),
            _to_unit_range(self.target_BSS4[..., :3]),
            _to_unit_range(self.target_BSS4[..., 3:]),
        )


def _to_unit_range(pixels_BSSC: Tensor) -> Tensor:
    # The memory stays in the order of pixels, channels last: no transposition here, and what convolutions like best.
    planes_BCSS = pixels_BSSC.permute(0, 3, 1, 2)
    return planes_BCSS.to(torch.float32, memory_format=torch.channels_last).div_(255.0)
