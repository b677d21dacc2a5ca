"""Training crops by key for a warp on the device: what a data worker does where it does not warp."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from faceswap_lab.data.augment import Augment, Prepared
from faceswap_lab.data.dataset import IdentityCrops, draw_shapes, partner_crop, stack_keys
from faceswap_lab.data.device_warp import CropBatch, SwapCrops, refine_grid
from faceswap_lab.data.nearest_shapes import NearestShapes
from faceswap_lab.data.partners import Partners
from faceswap_lab.data.sampler import SampleKey, augmentation_generator, other_identity
from faceswap_lab.faces.geometry import invert_affine


class TrainingCrops(Dataset[dict[str, CropBatch]]):
    """What ``TrainingPairs`` serves, before the warp, which ``CropBatch.to_faces`` does on the device.

    Args:
        identities: In the order that the keys count them.
        augment: Draws the samples; nothing in it works on warped faces.
        seed: With the key, all that a sample depends on.
        input_size: Side of the network's input, px.
        target_size: Side of its output, px.
        partners: Chooses faces of another identity as goals of a swap; None: no goals.
        shapes: Chooses what faces are bent into, for a warp by landmarks.
    """

    def __init__(
        self,
        identities: Sequence[IdentityCrops],
        *,
        augment: Augment,
        seed: int,
        input_size: int,
        target_size: int,
        partners: Partners | None = None,
        shapes: NearestShapes | None = None,
    ) -> None:
        self._identities, self._augment, self._seed = list(identities), augment, seed
        self._input_size, self._target_size = input_size, target_size
        self._partners, self._shapes = partners, shapes
        self._side = 1 + math.lcm(*augment.cells)

    def __getitem__(self, keys: Sequence[SampleKey]) -> dict[str, CropBatch]:
        batch: dict[str, CropBatch] = {}
        for number, identity in enumerate(self._identities):
            own = [key for key in keys if key.identity == number]
            samples = [self._prepare(identity[key.face], key, bent=True) for key in own]
            grids_BGG2 = np.stack([refine_grid(sample.points_N2, self._side) for sample in samples])
            crops_BCC4, face_to_crop_B23 = _crops_and_matrices(samples)
            batch[identity.name] = CropBatch(
                crops_BCC4,
                torch.from_numpy(grids_BGG2.astype(np.float32)),
                face_to_crop_B23,
                self._input_size,
                self._target_size,
                self._swap_crops(number, own),
                identity.expressions([key.face for key in own]),
                stack_keys(own),
            )
        return batch

    def _prepare(self, crop_CC4: NDArray[np.uint8], key: SampleKey, *, bent: bool) -> Prepared:
        rng, chosen = augmentation_generator(self._seed, key), self._shapes if bent else None
        shapes = draw_shapes(chosen, key, seed=self._seed, num_identities=len(self._identities))
        return self._augment.prepare(crop_CC4, rng, step=key.step, shapes=shapes)

    def _swap_crops(self, number: int, keys: Sequence[SampleKey]) -> SwapCrops | None:
        if self._partners is None or not keys:
            return None
        other = other_identity(number, step=keys[0].step, num_identities=len(self._identities))
        samples: list[Prepared] = []
        weights: list[float] = []
        for key in keys:
            crop_CC4, weight = partner_crop(self._partners, self._identities[other], key, other, self._seed)
            samples.append(self._prepare(crop_CC4, key, bent=False))
            weights.append(weight)
        crops_BCC4, face_to_crop_B23 = _crops_and_matrices(samples)
        weight_B = torch.tensor(weights, dtype=torch.float32)
        return SwapCrops(self._identities[other].name, crops_BCC4, face_to_crop_B23, weight_B)


def _crops_and_matrices(samples: Sequence[Prepared]) -> tuple[torch.Tensor, torch.Tensor]:
    crops_BCC4 = torch.from_numpy(np.stack([sample.crop_CC4 for sample in samples]))
    matrices_B23 = np.stack([invert_affine(sample.crop_to_target_23) for sample in samples]).astype(np.float32)
    return crops_BCC4, torch.from_numpy(matrices_B23)
