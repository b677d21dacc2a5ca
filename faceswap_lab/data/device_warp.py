"""The warp of a whole batch at once, on whatever device the batch is: the same sampling as ``data.warp``, by torch.

On a GPU this spares the processor what costs it most; on a processor OpenCV, face by face, is quicker.

Shape letters: B batch, E expressions, C side of the cached crop in px, S side of a face for the network in px, G grid
points per side.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from faceswap_lab.data.batch import FaceBatch, SwapGoal
from faceswap_lab.data.regions import unpack_regions
from faceswap_lab.data.warp import upsampling_weights
from faceswap_lab.faces.face import FloatArray


class SwapCrops(NamedTuple):
    """Crops of another identity that become goals of a swap.

    Attributes:
        identity: Whose faces they are.
        crops_BCC4: RGB and regions, 0 to 255.
        face_to_crop_B23: Where in the crop each pixel of the goal lies.
        weight_B: How far each face can be trusted, in (0, 1].
    """

    identity: str
    crops_BCC4: Tensor
    face_to_crop_B23: Tensor
    weight_B: Tensor


class CropBatch(NamedTuple):
    """Faces of one identity as they leave a data worker that does not warp them itself.

    Attributes:
        crops_BCC4: RGB and regions (``data.regions``), 0 to 255.
        grid_BGG2: Where in the crop the points of the bent grid lie, px.
        face_to_crop_B23: Where in the crop each pixel of the target lies.
        input_size: Side of the network's input, px.
        target_size: Side of its output, px.
        swap: Crops of another identity, or None.
        expression_BE: What the faces do (`data.expressions`), in spreads, or None.
        key_BK: See ``FaceBatch``.
    """

    crops_BCC4: Tensor
    grid_BGG2: Tensor
    face_to_crop_B23: Tensor
    input_size: int
    target_size: int
    swap: SwapCrops | None = None
    expression_BE: Tensor | None = None
    key_BK: Tensor | None = None

    def to_faces(self) -> FaceBatch:
        """The batch as the network takes it, on the device that the crops are on."""
        crops_B4CC = _planes(self.crops_BCC4)
        warped_B4SS = warp_batch(crops_B4CC, self.grid_BGG2, size=self.input_size)
        swap = None
        if self.swap is not None:
            other_B4CC = _planes(self.swap.crops_BCC4)
            goal_B4SS = move_batch(other_B4CC, self.swap.face_to_crop_B23, size=self.target_size)
            image_B3SS, mask_B1SS, features_B1SS = _parts(goal_B4SS)
            trust_B111 = self.swap.weight_B.view(-1, 1, 1, 1)
            swap = SwapGoal(self.swap.identity, image_B3SS, mask_B1SS * trust_B111, features_B1SS * trust_B111)
        target_B4SS = move_batch(crops_B4CC, self.face_to_crop_B23, size=self.target_size)
        warped_B3SS, parts = _in_order(warped_B4SS[:, :3]), _parts(target_B4SS)
        return FaceBatch(warped_B3SS, *parts, swap, self.expression_BE, self.key_BK)


def warp_batch(crops_BKCC: Tensor, grid_BGG2: Tensor, *, size: int) -> Tensor:
    """Samples crops at bent grids, shape (B, K, size, size); border pixels are repeated beyond the crop."""
    weights = torch.from_numpy(upsampling_weights(size, grid_BGG2.shape[1]).copy()).to(grid_BGG2)
    return _sample(crops_BKCC, torch.einsum("sg,bghd,th->bstd", weights, grid_BGG2, weights))


def move_batch(crops_BKCC: Tensor, face_to_crop_B23: Tensor, *, size: int) -> Tensor:
    """Samples crops through affine matrices, shape (B, K, size, size); border pixels are repeated beyond the crop."""
    places = torch.arange(size, dtype=face_to_crop_B23.dtype, device=face_to_crop_B23.device)
    y_SS, x_SS = torch.meshgrid(places, places, indexing="ij")
    pixels_SS3 = torch.stack([x_SS, y_SS, torch.ones_like(x_SS)], dim=-1)
    return _sample(crops_BKCC, torch.einsum("bij,stj->bsti", face_to_crop_B23, pixels_SS3))


def refine_grid(points_N2: FloatArray, side: int) -> FloatArray:
    """A grid with more points that bends the same way, shape (side, side, 2): ``side - 1`` is a multiple of its cells.

    Faces of one batch may have grids of several sizes, a tensor has one.
    """
    old = round(len(points_N2) ** 0.5)
    places = np.linspace(0, old - 1, side)
    weights = np.maximum(0.0, 1.0 - np.abs(places[:, None] - np.arange(old)[None]))
    return np.einsum("sg,ghd,th->std", weights, points_N2.reshape(old, old, 2), weights)


def _sample(crops_BKCC: Tensor, places_BSS2: Tensor) -> Tensor:
    # From pixels, whose centres are whole numbers, to the image's extent as -1 to 1.
    extent_BSS2 = (places_BSS2 + 0.5) * (2 / crops_BKCC.shape[-1]) - 1
    return F.grid_sample(crops_BKCC, extent_BSS2, mode="bilinear", padding_mode="border", align_corners=False)


def _planes(crops_BCC4: Tensor) -> Tensor:
    return crops_BCC4.permute(0, 3, 1, 2).to(torch.float32).div_(255.0)


def _parts(face_B4SS: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Image, mask and features."""
    return _in_order(face_B4SS[:, :3]), *unpack_regions(face_B4SS[:, 3:])


def _in_order(face_BKSS: Tensor) -> Tensor:
    """Channels last in memory, as batches from workers are."""
    return face_BKSS.contiguous(memory_format=torch.channels_last)
