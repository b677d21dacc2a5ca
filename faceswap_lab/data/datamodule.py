"""Face sets of two or more identities, served to Lightning in balanced batches.

Training batches are endless until the trainer's last step and start at the trainer's current one, so a resumed run
sees what an uninterrupted one would have seen. Batches travel as uint8 and become float on the device.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Literal, Protocol

import cv2
import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from faceswap_lab.core.errors import ConfigError, FacesetError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.data.augment import Augment
from faceswap_lab.data.batch import FaceBatch, PixelBatch
from faceswap_lab.data.cache import CropCache, open_cache
from faceswap_lab.data.check_facesets import check_identities
from faceswap_lab.data.choices import choose_device_warp, choose_num_workers
from faceswap_lab.data.dataset import IdentityCrops, TrainingPairs, ValidationPairs, limit_threads
from faceswap_lab.data.device_dataset import TrainingCrops
from faceswap_lab.data.device_warp import CropBatch
from faceswap_lab.data.expressions import SPREADS_E, expressions
from faceswap_lab.data.nearest_shapes import NearestShapes
from faceswap_lab.data.partners import Partners
from faceswap_lab.data.regions import check_feature_weights
from faceswap_lab.data.sampler import StepSampler, yaw_groups
from faceswap_lab.data.split import Split, split_by_range, split_by_time
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.faceset_schema import FaceRow

MIN_FACES = 16


class AugmentFactory(Protocol):
    """Builds the augmentation for the sizes that the network asks for."""

    def __call__(self, *, input_size: int, target_size: int) -> Augment: ...


class FaceDataModule(pl.LightningDataModule):
    """Serves ``{identity: FaceBatch}``.

    Args:
        facesets: Identity to opened face set, at least two, of one crop kind and size.
        augment: Makes the augmentation.
        input_size: Side of the network's input, px.
        target_size: Side of its output, px.
        seed: Chooses faces and augmentation, together with the step.
        ranges: Identity to frames that train; its other faces validate. Identities left out are split by time.
        batch_size: Faces of each identity in a step, over all processes.
        num_workers: Data processes; ``auto`` chooses by the number of cores. Changes the speed only.
        validation_ratio: Share of each footage's time, its end, that validates, in (0, 1).
        gap_s: Seconds between training and validation faces of one footage.
        validation_faces: Faces of each identity that a validation looks at, at most.
        partners: Every training face also gets a goal for a swap, one of this many faces of another identity that do
            most nearly the same (see ``data.partners``); None: no such goals.
        yaw_bins: Faces are drawn so that each of this many steps of head yaw, from -90 to 90 degrees, is seen as often
            as any other that there are faces of: footage mostly looks ahead. None: every face as often as any other.
        features: What eyes, nostrils and mouth count for where they are weighed, each in [0, 1]; 1 where not given.
        warp_on: Where faces are warped: ``cpu``, face by face, ``device``, a batch at once where the network is, or
            ``auto``, on a GPU where the augmentation has nothing to do after the warp. Both sample alike, up to
            rounding.
        cache_ratio: Side of the cached crop over the larger of the two sizes, at least 1; above 1, the sampling in the
            warp loses less detail, at the square of the memory.

    Raises:
        ConfigError: Fewer than two identities, a range for an unknown one, or a value out of its range.
    """

    def __init__(
        self,
        facesets: Mapping[str, Faceset],
        *,
        augment: AugmentFactory,
        input_size: int,
        target_size: int,
        seed: int,
        ranges: Mapping[str, str] | None = None,
        batch_size: int = 16,
        num_workers: int | Literal["auto"] = "auto",
        validation_ratio: float = 0.15,
        gap_s: float = 1.0,
        validation_faces: int = 64,
        partners: int | None = None,
        yaw_bins: int | None = None,
        features: Mapping[str, float] | None = None,
        warp_on: Literal["auto", "cpu", "device"] = "auto",
        cache_ratio: float = 4 / 3,
    ) -> None:
        super().__init__()
        self.facesets = dict(facesets)
        self.ranges = {name: FrameRange.parse(text) for name, text in (ranges or {}).items()}
        check_identities(self.facesets, self.ranges)
        if not 0 < validation_ratio < 1:
            raise ConfigError(f"data.validation_ratio={validation_ratio} must lie between 0 and 1")
        if cache_ratio < 1:
            raise ConfigError(f"data.cache_ratio={cache_ratio} must be at least 1")
        self._sizes = {"input_size": input_size, "target_size": target_size}
        self._augment = augment(**self._sizes)
        self._cache_size = round(max(input_size, target_size) * cache_ratio)
        self._seed, self._batch_size = seed, batch_size
        self._num_workers = choose_num_workers(num_workers)
        self._validation_ratio, self._gap_s = validation_ratio, gap_s
        self._validation_faces = validation_faces
        self._num_partners = partners
        if yaw_bins is not None and yaw_bins < 2:
            raise ConfigError(f"data.yaw_bins={yaw_bins} must be 2 or more, or null")
        self._yaw_bins = yaw_bins
        self._features = dict(features or {})
        check_feature_weights(self._features)
        self._warp_on_device = choose_device_warp(warp_on, self._augment)
        self._groups: list[NDArray[np.int64]] | None = None
        self._partners: Partners | None = None
        self._shapes: NearestShapes | None = None
        self._cv2_threads: int | None = None
        self._training: list[IdentityCrops] = []
        self._validation: list[IdentityCrops] = []

    @property
    def num_training_faces(self) -> dict[str, int]:
        """How many faces of each identity train; known after ``setup``."""
        return {identity.name: len(identity) for identity in self._training}

    def some_crops(self, name: str, count: int) -> Iterator[NDArray[np.uint8]]:
        """At most so many of an identity's training faces, evenly spread, as they are cached; known after ``setup``."""
        faces = next(identity for identity in self._training if identity.name == name)
        for place in np.unique(np.linspace(0, len(faces) - 1, count).round().astype(int)):
            yield faces[place]

    def parted(self, name: str) -> tuple[list[FaceRow], list[FaceRow]]:
        """An identity's faces that train, and those that do not and validate."""
        rows, split = self.facesets[name].rows(), self._split(name)
        return [rows[face] for face in split.training], [rows[face] for face in split.validation]

    @property
    def num_validation_faces(self) -> int:
        """Faces of all identities that one validation looks at; known after ``setup``."""
        return sum(min(len(identity), self._validation_faces) for identity in self._validation)

    @property
    def faces_per_step(self) -> int:
        """Samples of all identities in one step, over all processes."""
        return self._batch_size * len(self.facesets)

    def prepare_data(self) -> None:
        """Checks every face set and makes the caches that are missing; one process does it for all.

        Raises:
            FacesetError: A face set is too small, or its crops differ in kind or size from another's.
        """
        for name in self.facesets:
            self._split(name)
        for faceset in self.facesets.values():
            open_cache(faceset, size=self._cache_size, features=self._features)

    def setup(self, stage: str | None = None) -> None:
        """Opens the caches and splits the faces; a second call changes nothing."""
        if self._training:
            return
        trained: list[list[FaceRow]] = []
        for name, faceset in self.facesets.items():
            split = self._split(name)
            cache: CropCache = open_cache(faceset, size=self._cache_size, features=self._features)
            rows = faceset.rows()
            trained.append([rows[face] for face in split.training])
            does_NE = expressions(trained[-1]) / SPREADS_E
            self._training.append(IdentityCrops(name, cache=cache, faces_N=split.training, expression_NE=does_NE))
            self._validation.append(IdentityCrops(name, cache=cache, faces_N=split.validation))
        if self._yaw_bins is not None:
            yaws = [np.array([row.yaw for row in rows], np.float64) for rows in trained]
            self._groups = [yaw_groups(yaw_N, self._yaw_bins) for yaw_N in yaws]
        if self._num_partners is not None:
            self._partners = Partners(trained, choices=self._num_partners)
        if self._augment.needs_shapes:
            crop_size = next(iter(self.facesets.values())).crop_spec.size
            self._shapes = NearestShapes(trained, crop_size=crop_size, size=self._cache_size)

    def train_dataloader(self) -> DataLoader[dict[str, PixelBatch]]:
        """Batches from the trainer's current step to its last."""
        trainer = self.trainer
        if trainer is None:
            return self.training_batches()
        batches_per_step = trainer.accumulate_grad_batches
        return self.training_batches(
            first_step=trainer.global_step * batches_per_step,
            end_step=trainer.max_steps * batches_per_step if trainer.max_steps >= 0 else None,
            rank=trainer.global_rank,
            world_size=trainer.world_size,
        )

    def training_batches(
        self, *, first_step: int = 0, end_step: int | None = None, rank: int = 0, world_size: int = 1
    ) -> DataLoader[Any]:
        """The batches of the given steps, for use without a trainer; see ``StepSampler`` for the arguments."""
        if self._cv2_threads is None:
            # Before the workers are forked: OpenCV hangs where a child lays hands on a thread pool of its parent.
            self._cv2_threads = cv2.getNumThreads()
            cv2.setNumThreads(1)
        sampler = StepSampler(
            [len(identity) for identity in self._training],
            batch_size=self._batch_size,
            seed=self._seed,
            first_step=first_step,
            end_step=end_step,
            rank=rank,
            world_size=world_size,
            groups=self._groups,
        )
        faces: Dataset[Any]
        kind = partial(TrainingCrops, **self._sizes) if self._warp_on_device else TrainingPairs
        faces = kind(
            self._training, augment=self._augment, seed=self._seed, partners=self._partners, shapes=self._shapes
        )
        return DataLoader(
            faces,
            sampler=sampler,
            batch_size=None,
            num_workers=self._num_workers,
            worker_init_fn=limit_threads,
            persistent_workers=self._num_workers > 0,
            prefetch_factor=4 if self._num_workers else None,
            pin_memory=torch.cuda.is_available(),
        )

    def val_dataloader(self) -> DataLoader[dict[str, PixelBatch]]:
        """The held-out faces in a fixed order, without augmentation; no worker, for it is only a resize."""
        pairs = ValidationPairs(
            self._validation,
            **self._sizes,
            max_faces=self._validation_faces,
            batch_size=max(self._batch_size, 16),
        )
        return DataLoader(pairs, batch_size=None, shuffle=False, pin_memory=torch.cuda.is_available())

    def teardown(self, stage: str | None = None) -> None:
        """Gives OpenCV its threads back."""
        if self._cv2_threads is not None:
            cv2.setNumThreads(self._cv2_threads)
            self._cv2_threads = None

    def on_after_batch_transfer(
        self, batch: dict[str, PixelBatch] | dict[str, CropBatch], dataloader_idx: int
    ) -> dict[str, FaceBatch]:
        """Pixels to floats, on the device, and warped where that is still to be done."""
        return {name: pixels.to_faces() for name, pixels in batch.items()}

    def _split(self, name: str) -> Split:
        rows, folder = self.facesets[name].rows(), self.facesets[name].path
        # Where a face only lies between two others it may be hidden, so it neither trains nor validates.
        seen_N = np.array([not row.interpolated for row in rows], bool)
        if seen_N.sum() < MIN_FACES:
            raise FacesetError(
                f"{folder}: {seen_N.sum()} faces are too few to train {name}; "
                f"extract at least {MIN_FACES}, better hundreds"
            )
        media_N = np.array([row.media for row in rows])
        pts_s_N = np.array([row.pts_s for row in rows], np.float64)
        if name not in self.ranges:
            split = split_by_time(media_N, pts_s_N, validation_ratio=self._validation_ratio, gap_s=self._gap_s)
            split = split.only(seen_N)
            if not len(split.validation):
                raise FacesetError(f"{folder}: all faces are of one moment, no face is left to validate; extract more")
            return split
        frames_N = np.array([row.frame_index for row in rows], np.int64)
        split = split_by_range(media_N, frames_N, pts_s_N, training_frames=self.ranges[name], gap_s=self._gap_s)
        split = split.only(seen_N)
        if len(split.training) < MIN_FACES or not len(split.validation):
            raise ConfigError(
                f"range.{name} leaves {len(split.training)} faces to train and {len(split.validation)} to validate; "
                f"it needs at least {MIN_FACES} and 1, the latter {self._gap_s:g} s away from the former"
            )
        return split
