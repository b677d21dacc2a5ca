"""Random numbers as a pure function of their key, so that neither workers nor resuming change a run."""

import random

import numpy as np
import torch


def generator(*key: int) -> np.random.Generator:
    """Returns a generator that depends on the key alone, never on global state or on what was drawn before.

    Args:
        key: Non-negative integers, for a training sample (seed, step, global sample index). Keys of different
            length or order give independent streams.

    Source:
        Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011 (Philox), keyed through numpy's
        SeedSequence, which hashes the whole key.
    """
    # SeedSequence pads entropy with zeros, so (1,) and (1, 0) would be one stream without the length.
    return np.random.Generator(np.random.Philox(np.random.SeedSequence((len(key), *key))))


def seed_everything(seed: int) -> None:
    """Sets the global generators of Python, numpy and torch: those that initialise weights draw from them.

    Args:
        seed: Any non-negative integer below 2**32.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
