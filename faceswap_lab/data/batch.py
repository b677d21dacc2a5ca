"""What one training step sees: a batch is ``{identity: FaceBatch}``, as many faces of each identity as of any other.

Shape letters: B batch, E expressions, S side of a face in px (the network's input for ``warped``, its output for
``target``). K is 2: a sample's key.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from faceswap_lab.data.regions import unpack_regions

NUM_EXPRESSIONS = 4
"""How many numbers say what a face does: see `data.expressions`."""


class SwapGoal(NamedTuple):
    """What another identity's decoder should roughly draw from the same latents: real faces that do nearly the same.

    Attributes:
        identity: Whose faces they are.
        target_B3SS: The faces, RGB in [0, 1].
        mask_B1SS: Share of face in each pixel, times how far the face can be trusted.
        features_B1SS: Share of eyes, nostrils and mouth in each pixel, times the same.
    """

    identity: str
    target_B3SS: Tensor
    mask_B1SS: Tensor
    features_B1SS: Tensor


class FaceBatch(NamedTuple):
    """Faces of one identity, float32 in [0, 1], RGB.

    Attributes:
        warped_B3SS: What the network gets: a face bent by the warp.
        target_B3SS: What it should draw: the same face unbent. Its side may differ from the input's.
        mask_B1SS: Share of face in each pixel of the target.
        features_B1SS: Share of eyes, nostrils and mouth in each pixel of the target.
        swap: What another identity should do in their place, or None.
        expression_BE: What the faces do (`data.expressions`), in spreads, or None.
        key_BK: Batch number and place in the batch over all processes (``data.sampler``), from which is drawn what is
            random about a sample; None where nothing is.
    """

    warped_B3SS: Tensor
    target_B3SS: Tensor
    mask_B1SS: Tensor
    features_B1SS: Tensor
    swap: SwapGoal | None = None
    expression_BE: Tensor | None = None
    key_BK: Tensor | None = None


class SwapPixels(NamedTuple):
    """The same of a swap's goal.

    Attributes:
        identity: Whose faces they are.
        target_BSS4: RGB and regions (``data.regions``), 0 to 255.
        weight_B: How far each face can be trusted, in (0, 1].
    """

    identity: str
    target_BSS4: Tensor
    weight_B: Tensor

    def to_goal(self) -> SwapGoal:
        """The goal as a loss takes it."""
        target_B3SS, mask_B1SS, features_B1SS = _unpack(self.target_BSS4)
        trust_B111 = self.weight_B.view(-1, 1, 1, 1)
        return SwapGoal(self.identity, target_B3SS, mask_B1SS * trust_B111, features_B1SS * trust_B111)


class PixelBatch(NamedTuple):
    """The same faces as they leave a data worker: uint8, channels last, a quarter of the bytes to carry.

    Attributes:
        warped_BSS3: RGB, 0 to 255.
        target_BSS4: RGB and regions (``data.regions``), 0 to 255.
        swap: Faces of another identity in the same place, or None.
        expression_BE: What the faces do (`data.expressions`), in spreads, or None.
        key_BK: See ``FaceBatch``.
    """

    warped_BSS3: Tensor
    target_BSS4: Tensor
    swap: SwapPixels | None = None
    expression_BE: Tensor | None = None
    key_BK: Tensor | None = None

    def to_faces(self) -> FaceBatch:
        """The batch as the network takes it, on whichever device the pixels are."""
        return FaceBatch(
            _to_unit_range(self.warped_BSS3),
            *_unpack(self.target_BSS4),
            None if self.swap is None else self.swap.to_goal(),
            self.expression_BE,
            self.key_BK,
        )


def _unpack(target_BSS4: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Target, mask and features."""
    return _to_unit_range(target_BSS4[..., :3]), *unpack_regions(_to_unit_range(target_BSS4[..., 3:]))


def _to_unit_range(pixels_BSSC: Tensor) -> Tensor:
    # The memory stays in the order of pixels, channels last: no transposition here, and what convolutions like best.
    planes_BCSS = pixels_BSSC.permute(0, 3, 1, 2)
    return planes_BCSS.to(torch.float32, memory_format=torch.channels_last).div_(255.0)
