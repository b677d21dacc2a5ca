"""Which faces a step sees: balanced, complete, and a function of the step alone, whatever the ranks."""

from itertools import islice

import numpy as np
import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.data.sampler import StepSampler, augmentation_generator, yaw_groups


def sampler(**changes: int) -> StepSampler:
    return StepSampler([5, 12], **{"batch_size": 4, "seed": 1, **changes})


def test_every_step_is_balanced_and_keys_are_unique() -> None:
    steps = list(islice(sampler(), 6))
    for step, keys in enumerate(steps):
        assert [key.identity for key in keys] == [0] * 4 + [1] * 4
        assert [key.sample for key in keys] == list(range(8))
        assert {key.step for key in keys} == {step}


def test_all_faces_are_seen_once_before_any_again() -> None:
    drawn = [key.face for keys in islice(sampler(), 15) for key in keys if key.identity == 0]
    for epoch in range(12):
        assert sorted(drawn[epoch * 5 : epoch * 5 + 5]) == list(range(5))
    assert drawn[:5] != drawn[5:10]


def test_identities_come_in_different_orders() -> None:
    keys = [key for step in islice(StepSampler([12, 12], batch_size=4, seed=1), 3) for key in step]
    assert [key.face for key in keys if key.identity == 0] != [key.face for key in keys if key.identity == 1]


def test_a_later_start_goes_on_as_if_never_stopped() -> None:
    assert list(islice(sampler(first_step=7), 5)) == list(islice(sampler(), 12))[7:]


def test_it_ends_where_the_run_does() -> None:
    assert [keys[0].step for keys in sampler(first_step=3, end_step=6)] == [3, 4, 5]


@pytest.mark.parametrize("world_size", [1, 2, 4])
def test_ranks_share_a_step_without_overlap(world_size: int) -> None:
    whole = list(islice(sampler(), 5))
    ranks = [list(islice(sampler(rank=rank, world_size=world_size), 5)) for rank in range(world_size)]
    for step, keys in enumerate(whole):
        shared = [key for rank in ranks for key in rank[step]]
        assert sorted(shared) == sorted(keys)
        assert len({len(rank[step]) for rank in ranks}) == 1


def test_groups_are_seen_equally_often_and_so_are_the_faces_in_them() -> None:
    groups = [np.array([0, 0, 0, 0, 0, 0, 0, 3, 3, 9]), np.zeros(4, np.int64)]

    def drawn(first_step: int, count: int) -> list[list[int]]:
        draws = StepSampler([10, 4], batch_size=3, seed=1, groups=groups, first_step=first_step)
        return [[key.face for key in keys if key.identity == 0] for keys in islice(draws, count)]

    steps = drawn(0, 14)
    for step in steps:  # three groups and three faces a step: one of each
        assert sorted(groups[0][step]) == [0, 3, 9]
    seen = [face for step in steps for face in step]
    assert [seen.count(face) for face in range(10)] == [2] * 7 + [7, 7, 14]
    assert drawn(9, 5) == steps[9:], "a later start goes on as if never stopped"
    plain = islice(StepSampler([10, 4], batch_size=2, seed=1, groups=groups), 2)
    assert sorted(key.face for keys in plain for key in keys if key.identity == 1) == [0, 1, 2, 3]


def test_yaw_is_cut_into_equal_steps() -> None:
    yaws = np.array([-120.0, -90.0, -0.1, 0.0, 44.9, 45.0, 89.9, 90.0, 120.0])
    assert yaw_groups(yaws, 4).tolist() == [0, 0, 1, 2, 2, 3, 3, 3, 3]


def test_seeds_differ() -> None:
    assert list(islice(sampler(), 3)) != list(islice(sampler(seed=2), 3))


def test_augmentation_depends_on_step_and_sample() -> None:
    first, second = next(iter(sampler()))[:2]
    draws = [augmentation_generator(1, key).integers(1 << 60) for key in (first, second, first._replace(step=1))]
    assert len(set(draws)) == 3
    assert augmentation_generator(1, first).integers(1 << 60) == draws[0]


def test_an_unequal_share_is_refused() -> None:
    with pytest.raises(ConfigError, match="multiple of 3"):
        sampler(world_size=3)


def test_an_identity_without_faces_is_refused() -> None:
    with pytest.raises(ConfigError, match="training face"):
        StepSampler([5, 0], batch_size=4, seed=1)
