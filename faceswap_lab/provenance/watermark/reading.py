"""Reading a payload from coefficients that lie where they should: which brightness, which frames, which bits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from faceswap_lab.provenance.watermark.code import decode, encode
from faceswap_lab.provenance.watermark.embedder import STEP
from faceswap_lab.provenance.watermark.layout import Layout
from faceswap_lab.provenance.watermark.statistics import log_p_value
from faceswap_lab.provenance.watermark.types import ComplexArray, FloatArray

GAINS: FloatArray = np.exp(np.arange(-25, 26) / 100)
"""Contrasts that are tried: 0.78 to 1.28 in steps of 1 %; the picture's own is 1 over it."""
_DECODED = 4  # the most promising readings, which alone are decoded


class Reading(NamedTuple):
    """What was read.

    Attributes:
        payload: 0 to 2**32 - 1; means nothing where ``log_p`` is near 0.
        log_p: Natural logarithm of a bound on how often chance reads as clearly.
        gain: By what the picture's contrast was multiplied to be read.
    """

    payload: int
    log_p: float
    gain: float


def num_readings(num_frames: int) -> int:
    """From how many readings ``read`` chooses: each brightness, of every frame and of all together."""
    return len(GAINS) * (num_frames + (num_frames > 1))


def say(coefficients: FloatArray, gain: FloatArray | float = 1.0) -> ComplexArray:
    """Where coefficients lie between two points that say the same, as a place on the unit circle."""
    return np.exp((2j * np.pi / STEP) * gain * coefficients).astype(np.complex64)


def clarity(turned: ComplexArray, layout: Layout) -> FloatArray:
    """How clearly something is to be read, whatever it says; about 0 in mean for chance in standard deviations.

    Args:
        turned: Shape (..., 3, 24, 24), the key's phases taken off.
        layout: The key's.

    Returns:
        Shape (...).
    """
    flat = turned.reshape(*turned.shape[:-3], -1)
    bits = np.abs(flat.real[..., layout.carriers].sum(-1)).sum(-1)
    pilots = turned.real[..., 2, layout.pilot].sum(-1)
    energy = np.square(np.abs(flat)).sum(-1)
    # The 128 sums of chance have standard deviations that add up to about sqrt(64 energy), and means of 0.8 of that.
    return (bits + pilots - 0.8 * np.sqrt(64 * energy)) / np.sqrt(np.maximum(energy, 1e-9))


def read(frames: FloatArray, layout: Layout, num_choices: float, visible: FloatArray | None = None) -> Reading:
    """The clearest reading of a few frames.

    Args:
        frames: Coefficients, shape (frames, 3, 24, 24).
        layout: The key's.
        num_choices: From how many keys and places these were chosen; the readings tried here come on top.
        visible: 1 where a block lies in the picture, else 0, shape (24, 24).
    """
    turn = np.exp(-1j * layout.phase).astype(np.complex64)
    if visible is not None:
        turn = turn * visible
    said = say(frames[:, None], GAINS[:, None, None, None]) * turn
    if len(frames) > 1:
        said = np.concatenate([said.sum(0, keepdims=True), said])
    said = said.reshape(-1, *turn.shape)
    found = Reading(0, 0.0, 1.0)
    for index in np.argsort(-clarity(said, layout))[:_DECODED]:
        turned = said[index]
        payload = decode(turned.real.reshape(-1)[layout.carriers].sum(-1).astype(np.float64))
        log_p = log_p_value(turned, layout.signs(encode(payload)), num_choices * num_readings(len(frames)))
        if log_p < found.log_p:
            found = Reading(payload, log_p, float(GAINS[index % len(GAINS)]))
    return found
