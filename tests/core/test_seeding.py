"""Random numbers: a pure function of their key."""

from faceswap_lab.core.seeding import generator


def test_a_key_repeats_and_other_keys_differ() -> None:
    keys = [(1,), (1, 0), (0, 1), (1, 2, 3), (1, 3, 2), (2, 2, 3)]
    draws = [tuple(generator(*key).integers(0, 2**62, 4)) for key in keys]
    assert draws == [tuple(generator(*key).integers(0, 2**62, 4)) for key in keys]
    assert len(set(draws)) == len(keys)
