"""Error correction: 32 bits of payload spread over 128, of which many may be lost.

A tail-biting convolutional code of rate 1/4 and constraint length 9: 256 states, free distance 24. Its decoder takes
what each bit was seen as, not only which sign it had, so that half-lost bits still count by what they are worth.

Source:
    Generators 463, 535, 733, 745 (octal): Proakis, Digital Communications, table of rate 1/4 codes of maximum free
    distance. Viterbi, IEEE Trans. Inf. Theory 13(2), 1967, doi:10.1109/TIT.1967.1054010. Decoding around the circle:
    Shao, Lin and Fossorier, IEEE Trans. Commun. 51(10), 2003, doi:10.1109/TCOMM.2003.818084.
"""

from __future__ import annotations

import numpy as np

from faceswap_lab.provenance.watermark.types import FloatArray

PAYLOAD_BITS = 32
CODE_BITS = 128
_GENERATORS = (0o463, 0o535, 0o733, 0o745)
_STATES = 256
_LAPS = 3  # the first finds the state, the second is read, the third settles its end


def _output_signs() -> FloatArray:
    """What each of the 512 contents of the register sends: +1 or -1, shape (512, 4)."""
    registers = np.arange(2 * _STATES)
    parities = [
        [(register & generator).bit_count() & 1 for generator in _GENERATORS] for register in registers.tolist()
    ]
    return 1.0 - 2.0 * np.array(parities, np.float64)


_SIGNS = _output_signs()


def encode(payload: int) -> FloatArray:
    """The code word of a payload: +1 for a bit of 0 and -1 for a bit of 1, shape (128,).

    Args:
        payload: 0 to 2**32 - 1.

    Raises:
        ValueError: The payload is outside of that range.
    """
    if not 0 <= payload < 2**PAYLOAD_BITS:
        raise ValueError(f"payload {payload} does not fit into {PAYLOAD_BITS} bits")
    bits = [payload >> position & 1 for position in range(PAYLOAD_BITS)]
    state = sum(bits[-1 - age] << (7 - age) for age in range(8))  # the end's, so that the circle closes
    registers: list[int] = []
    for bit in bits:
        registers.append(bit << 8 | state)
        state = registers[-1] >> 1
    return _SIGNS[registers].reshape(-1)


def decode(soft_128: FloatArray) -> int:
    """The payload whose code word agrees best with what was seen.

    Args:
        soft_128: For each bit of the code how clearly it was seen, positive for a 0; shape (128,), any scale.
    """
    branch = _SIGNS @ soft_128.reshape(PAYLOAD_BITS, 4).T
    metric = np.zeros(_STATES)
    choices = np.empty((_LAPS * PAYLOAD_BITS, _STATES), np.int64)
    for step in range(len(choices)):
        # State t is reached from the two states (2t and 2t + 1) modulo 256, through the registers 2t and 2t + 1.
        reached = (np.concatenate([metric, metric]) + branch[:, step % PAYLOAD_BITS]).reshape(_STATES, 2)
        choices[step] = reached[:, 1] > reached[:, 0]
        metric = reached.max(axis=1)
    state, payload = int(metric.argmax()), 0
    for step in range(len(choices) - 1, PAYLOAD_BITS - 1, -1):
        if step < 2 * PAYLOAD_BITS:
            payload |= (state >> 7) << (step - PAYLOAD_BITS)
        state = (2 * state | int(choices[step, state])) % _STATES
    return payload
