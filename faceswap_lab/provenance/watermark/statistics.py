"""How likely chance is to agree with a key as well as a picture does.

A coefficient c says ``exp(i 2 pi c / step)``; added up over the frames that is ``z_k``. Its agreement with a code word
is ``A = sum_k s_k Re(z_k exp(-i phase_k))``. The phases were drawn from the key. To a picture that was not marked with
it they are independent and uniform, so that each term is ``|z_k|`` times the cosine of a uniform angle, and for every
a > 0

    P(A >= a) <= exp(-a**2 / sum_k |z_k|**2),

because ``E exp(t r cos u) = I_0(t r) <= exp(t**2 r**2 / 4)``. Nothing is assumed of what the frames show, of how alike
they are, or of how many there are. Whatever was chosen by looking, a code word, a frame, a place, a brightness, a key,
is paid for by the number of things that it could have been: the probabilities add up (Bonferroni).

Source:
    Chernoff's bound; Boucheron, Lugosi and Massart, Concentration Inequalities, 2013, section 2.3.
"""

from __future__ import annotations

import math

import numpy as np

from faceswap_lab.provenance.watermark.code import PAYLOAD_BITS
from faceswap_lab.provenance.watermark.types import ComplexArray, FloatArray


def log_p_value(turned: ComplexArray, signs: FloatArray, num_choices: float) -> float:
    """Natural logarithm of a bound on how often chance agrees this well, over all that was searched; 0 at most.

    Args:
        turned: What each coefficient says, its key's phase taken off, any shape; 0 where nothing is to be seen.
        signs: The code word's sign at each coefficient, same shape.
        num_choices: How many frames, places, brightnesses and keys there were to choose from; the payloads come on top.
    """
    energy = float(np.square(np.abs(turned)).sum())
    agreement = float((signs * turned.real).sum())
    if energy <= 0 or agreement <= 0:
        return 0.0
    return min(0.0, PAYLOAD_BITS * math.log(2) + math.log(num_choices) - agreement**2 / energy)
