"""What a key decides: which coefficient carries which bit of the code, and where its lattice lies.

Every coefficient has a phase of its own, drawn from the key, by which its lattice is shifted. To somebody without the
key a marked coefficient is as likely to lie anywhere as an unmarked one; and to the holder of the key the phases of an
unmarked picture are independent and uniform, whatever it shows. The statistics of detection rest on that.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.provenance.watermark.canvas import SHAPE
from faceswap_lab.provenance.watermark.code import CODE_BITS
from faceswap_lab.provenance.watermark.types import FloatArray

NUM_COEFFICIENTS = int(np.prod(SHAPE))
_CARRIERS_A_BIT = 11
NUM_PILOTS = NUM_COEFFICIENTS - CODE_BITS * _CARRIERS_A_BIT
"""Coefficients of the frequency (1, 1) that carry no payload: a crop is found by them."""


class Layout:
    """The arrangement that belongs to a key.

    Args:
        key: Secret bytes.

    Attributes:
        phase: Shift of each coefficient's lattice, radians, 0 to 2 pi, shape (3, 24, 24).
        pilot: Where the pilots are, bool, shape (24, 24), in frequency (1, 1).
        carriers: Flat indices of the coefficients that carry payload, shape (128, 11): a row a bit of the code.
    """

    def __init__(self, key: bytes) -> None:
        self.phase: FloatArray = 2 * np.pi * _uniform(key, b"phase", NUM_COEFFICIENTS).reshape(SHAPE)
        last = NUM_COEFFICIENTS // 3
        order = np.argsort(_uniform(key, b"pilot", last), kind="stable")
        self.pilot: NDArray[np.bool_] = np.zeros(last, bool)
        self.pilot[order[:NUM_PILOTS]] = True
        self.pilot = self.pilot.reshape(SHAPE[1:])
        free = np.flatnonzero(~np.concatenate([np.zeros(2 * last, bool), self.pilot.reshape(-1)]))
        mixed = free[np.argsort(_uniform(key, b"carriers", len(free)), kind="stable")]
        self.carriers: NDArray[np.intp] = mixed.reshape(CODE_BITS, -1)

    def signs(self, code_word: FloatArray) -> FloatArray:
        """What each coefficient says, +1 or -1, shape (3, 24, 24); pilots always +1.

        Args:
            code_word: As ``code.encode`` gives it, shape (128,).
        """
        signs = np.ones(NUM_COEFFICIENTS)
        signs[self.carriers] = code_word[:, None]
        return signs.reshape(SHAPE)


@lru_cache(maxsize=64)
def layout_of(key: bytes) -> Layout:
    """The arrangement of a key, made once."""
    return Layout(key)


def _uniform(key: bytes, purpose: bytes, count: int) -> FloatArray:
    """Numbers in [0, 1) that nobody can tell from chance without the key."""
    stream = hashlib.shake_256(b"faceswap-lab watermark 1\0" + purpose + b"\0" + key).digest(4 * count)
    return np.frombuffer(stream, "<u4") / 2.0**32
