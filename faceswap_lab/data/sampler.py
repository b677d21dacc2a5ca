"""Which faces a step sees, as a pure function of (seed, step): no state to save, no worker or rank to depend on.

Sample ``s`` of a step belongs to identity ``s // batch_size``; the number ``s`` counts over all ranks and identities,
and is the last part of the key from which that sample's augmentation is drawn.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.seeding import generator

# Keeps the streams apart: the first part of every key says what the numbers are for.
_ORDER, _AUGMENT, _PARTNER, _GROUPS, _SHAPE = 0, 1, 2, 3, 5  # 4 is that of dropped updates, 6 of a network's own noise


class SampleKey(NamedTuple):
    """One face of one step.

    Attributes:
        identity: Place of the identity in the data module's list.
        face: Place of the face in that identity's training faces.
        step: Batch number since the start of the run, from 0.
        sample: Place in the step's batch, counted over all identities and ranks.
    """

    identity: int
    face: int
    step: int
    sample: int


def augmentation_generator(seed: int, key: SampleKey) -> np.random.Generator:
    """The generator from which everything random about one sample is drawn."""
    return generator(seed, _AUGMENT, key.step, key.sample)


def partner_generator(seed: int, key: SampleKey) -> np.random.Generator:
    """The generator from which the partner of a sample is drawn."""
    return generator(seed, _PARTNER, key.step, key.sample)


def shape_generator(seed: int, key: SampleKey) -> np.random.Generator:
    """The generator from which is drawn whose shape a sample is bent into."""
    return generator(seed, _SHAPE, key.step, key.sample)


def other_identity(identity: int, *, step: int, num_identities: int) -> int:
    """Which other identity an identity is swapped to in a step: each of them in turn."""
    return (identity + 1 + step % (num_identities - 1)) % num_identities


class StepSampler(Sampler[list[SampleKey]]):
    """Yields the keys of one balanced batch per step, from ``first_step`` until ``end_step``.

    Each identity's faces come in a fresh random order every time all of them have been seen, so that of two identities
    with 100 and 1000 faces the smaller is seen ten times as often, and no face twice before all others once. With
    groups, that holds for the groups, and for the faces within each: every group is seen as often as any other.

    Args:
        num_faces: Training faces of each identity.
        batch_size: Faces of each identity in a step, over all ranks.
        seed: Chooses the orders.
        first_step: Where a resumed run goes on.
        end_step: One past the last step; None never ends.
        rank: This process, from 0.
        world_size: Number of processes; each takes its share of every identity's faces in a step.
        groups: For each identity a number for each face, faces of equal numbers being a group; None: no groups.

    Raises:
        ConfigError: An identity has no face, or the batch cannot be shared equally.
    """

    def __init__(
        self,
        num_faces: Sequence[int],
        *,
        batch_size: int,
        seed: int,
        first_step: int = 0,
        end_step: int | None = None,
        rank: int = 0,
        world_size: int = 1,
        groups: Sequence[NDArray[np.int64]] | None = None,
    ) -> None:
        if batch_size < 1 or batch_size % world_size:
            raise ConfigError(
                f"data.batch_size={batch_size} cannot be shared by {world_size} processes; "
                f"use a positive multiple of {world_size}"
            )
        if not num_faces or min(num_faces) < 1:
            raise ConfigError(f"each identity needs a training face, got {list(num_faces)}")
        self._num_faces = list(num_faces)
        self._batch_size = batch_size
        self._seed = seed
        self._first_step, self._end_step = first_step, end_step
        share = batch_size // world_size
        self._slots = range(rank * share, (rank + 1) * share)
        self._orders: dict[tuple[int, ...], tuple[int, NDArray[np.int64]]] = {}
        self._groups = None if groups is None else [_members(numbers_N) for numbers_N in groups]

    def __iter__(self) -> Iterator[list[SampleKey]]:
        steps = count(self._first_step) if self._end_step is None else range(self._first_step, self._end_step)
        return (self.keys(step) for step in steps)

    def keys(self, step: int) -> list[SampleKey]:
        """This rank's samples of one step, all of an identity together, in the identities' order."""
        return [
            SampleKey(identity, self._face(identity, step * self._batch_size + slot), step, first + slot)
            for identity, first in enumerate(range(0, len(self._num_faces) * self._batch_size, self._batch_size))
            for slot in self._slots
        ]

    def _face(self, identity: int, draw: int) -> int:
        """The face of an identity's draw number ``draw``, counted from the start of the run."""
        if self._groups is None:
            return self._shuffled(draw, self._num_faces[identity], _ORDER, identity)[1]
        groups = self._groups[identity]
        turn, group = self._shuffled(draw, len(groups), _GROUPS, identity)
        return int(groups[group][self._shuffled(turn, len(groups[group]), _ORDER, identity, group)[1]])

    def _shuffled(self, draw: int, count: int, *stream: int) -> tuple[int, int]:
        """Which of ``count`` things a draw gives, in a fresh random order each time all were drawn, and which time."""
        epoch, place = divmod(draw, count)
        known_epoch, order = self._orders.get(stream, (-1, np.empty(0, np.int64)))
        if known_epoch != epoch:
            order = generator(self._seed, *stream, epoch).permutation(count)
            self._orders[stream] = (epoch, order)
        return epoch, int(order[place])


def yaw_groups(yaw_deg_N: NDArray[np.float64], bins: int) -> NDArray[np.int64]:
    """The bin of each face, of equally wide ones from -90 to 90 degrees; what is beyond belongs to the outermost."""
    return np.clip(np.floor((yaw_deg_N + 90) / 180 * bins), 0, bins - 1).astype(np.int64)


def _members(numbers_N: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [np.flatnonzero(numbers_N == number) for number in np.unique(numbers_N)]
