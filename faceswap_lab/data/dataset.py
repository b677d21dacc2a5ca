"""Training pairs by key: what a data worker does for one step, from the memory map to stacked pixels."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from faceswap_lab.data.augment import Augment, FacePair, only_resize
from faceswap_lab.data.batch import PixelBatch, SwapPixels
from faceswap_lab.data.cache import CropCache
from faceswap_lab.data.nearest_shapes import NearestShapes
from faceswap_lab.data.partners import Partners
from faceswap_lab.data.sampler import (
    SampleKey,
    augmentation_generator,
    other_identity,
    partner_generator,
    shape_generator,
)
from faceswap_lab.data.warp import Shapes


class IdentityCrops:
    """The part of a face set that trains, or validates.

    Args:
        name: The identity.
        cache: Its decoded crops.
        faces_N: Their places in the cache.
        expression_NE: What they do (`data.expressions`), in spreads; None where nobody asks.
    """

    def __init__(
        self,
        name: str,
        *,
        cache: CropCache,
        faces_N: NDArray[np.int64],
        expression_NE: NDArray[np.float64] | None = None,
    ) -> None:
        self.name, self._cache, self._faces_N = name, cache, faces_N
        self._expression_NE = expression_NE

    def __len__(self) -> int:
        return len(self._faces_N)

    def __getitem__(self, face: int) -> NDArray[np.uint8]:
        """RGB and regions (``data.regions``) of face number ``face``, uint8 (C, C, 4)."""
        return self._cache[int(self._faces_N[face])]

    def expressions(self, faces: Sequence[int]) -> torch.Tensor | None:
        """What the faces of these numbers do, in spreads, float32 (B, E), or None where that is not known."""
        if self._expression_NE is None:
            return None
        return torch.from_numpy(self._expression_NE[list(faces)].astype(np.float32))


class TrainingPairs(Dataset[dict[str, PixelBatch]]):
    """Augmented faces; one item is a whole step's batch, since its sampler yields the keys of a step together.

    Args:
        identities: In the order that the keys count them.
        augment: Draws the samples.
        seed: With the key, all that a sample depends on.
        partners: Chooses faces of another identity as goals of a swap; None: no goals.
        shapes: Chooses what faces are bent into, for a warp by landmarks.
    """

    def __init__(
        self,
        identities: Sequence[IdentityCrops],
        *,
        augment: Augment,
        seed: int,
        partners: Partners | None = None,
        shapes: NearestShapes | None = None,
    ) -> None:
        self._identities, self._augment, self._seed = list(identities), augment, seed
        self._partners, self._shapes = partners, shapes

    def __getitem__(self, keys: Sequence[SampleKey]) -> dict[str, PixelBatch]:
        batch: dict[str, PixelBatch] = {}
        for number, identity in enumerate(self._identities):
            own = [key for key in keys if key.identity == number]
            pairs = [self._pair(identity[key.face], key) for key in own]
            batch[identity.name] = _stack(pairs)._replace(
                swap=self._swap_goals(number, own),
                expression_BE=identity.expressions([key.face for key in own]),
                key_BK=stack_keys(own),
            )
        return batch

    def _pair(self, crop_CC4: NDArray[np.uint8], key: SampleKey) -> FacePair:
        rng = augmentation_generator(self._seed, key)
        shapes = draw_shapes(self._shapes, key, seed=self._seed, num_identities=len(self._identities))
        return self._augment(crop_CC4, rng, step=key.step, shapes=shapes)

    def _swap_goals(self, number: int, keys: Sequence[SampleKey]) -> SwapPixels | None:
        """Another identity's faces that do nearly the same, moved, turned and lit like the faces that they partner."""
        if self._partners is None or not keys:
            return None
        other = other_identity(number, step=keys[0].step, num_identities=len(self._identities))
        targets, weights = [], []
        for key in keys:
            crop_CC4, weight = partner_crop(self._partners, self._identities[other], key, other, self._seed)
            # The same generator, so the same movement as the face's own target.
            rng = augmentation_generator(self._seed, key)
            targets.append(self._augment.goal(crop_CC4, rng, step=key.step))
            weights.append(weight)
        target_BSS4 = torch.from_numpy(np.stack(targets))
        return SwapPixels(self._identities[other].name, target_BSS4, torch.tensor(weights, dtype=torch.float32))


class ValidationPairs(Dataset[dict[str, PixelBatch]]):
    """Faces without augmentation, in a fixed order, in batches that hold the same share of every identity.

    Args:
        identities: The held-out parts.
        input_size: Side of the network's input, px.
        target_size: Side of its output, px.
        max_faces: Faces of each identity at most, spread evenly over its held-out part.
        batch_size: Faces of each identity in a batch at most.
    """

    def __init__(
        self,
        identities: Sequence[IdentityCrops],
        *,
        input_size: int,
        target_size: int,
        max_faces: int,
        batch_size: int,
    ) -> None:
        self._identities = list(identities)
        self._sizes = {"input_size": input_size, "target_size": target_size}
        self._faces = [_spread(len(identity), max_faces) for identity in identities]
        self._batch_size = batch_size

    def __len__(self) -> int:
        return max(-(-len(faces) // self._batch_size) for faces in self._faces)

    def __getitem__(self, place: int) -> dict[str, PixelBatch]:
        batch: dict[str, PixelBatch] = {}
        for identity, faces in zip(self._identities, self._faces, strict=True):
            # Every batch gets its share of every identity, spread over the whole of its held-out time.
            share = faces[place :: len(self)]
            if share:
                batch[identity.name] = _stack([only_resize(identity[face], **self._sizes) for face in share])
        return batch


def partner_crop(
    partners: Partners, identity: IdentityCrops, key: SampleKey, other: int, seed: int
) -> tuple[NDArray[np.uint8], float]:
    """The crop of another identity that partners a sample, mirrored where that fits better, and how far to trust it."""
    partner = partners.draw(key.identity, key.face, other, partner_generator(seed, key))
    crop_CC4 = identity[partner.face]
    return (np.ascontiguousarray(crop_CC4[:, ::-1]) if partner.mirrored else crop_CC4), partner.weight


def draw_shapes(shapes: NearestShapes | None, key: SampleKey, *, seed: int, num_identities: int) -> Shapes | None:
    """What a sample's face is bent into: the shape of one of the nearest faces of the identity whose turn it is."""
    if shapes is None:
        return None
    other = other_identity(key.identity, step=key.step, num_identities=num_identities)
    return shapes.draw(key.identity, key.face, other, shape_generator(seed, key))


def stack_keys(keys: Sequence[SampleKey]) -> torch.Tensor:
    """Batch number and place in the batch of each sample, int64 (B, 2)."""
    return torch.tensor([(key.step, key.sample) for key in keys], dtype=torch.int64).view(-1, 2)


def limit_threads(worker: int) -> None:
    """Keeps a data worker to one thread: the cores belong to the network. For ``DataLoader(worker_init_fn=…)``."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def _spread(count: int, limit: int) -> list[int]:
    return sorted(set(np.linspace(0, count - 1, min(count, limit)).round().astype(int).tolist()))


def _stack(pairs: Sequence[FacePair]) -> PixelBatch:
    warped_BSS3 = np.stack([pair.warped_SS3 for pair in pairs])
    target_BSS4 = np.stack([pair.target_SS4 for pair in pairs])
    return PixelBatch(torch.from_numpy(warped_BSS3), torch.from_numpy(target_BSS4))
