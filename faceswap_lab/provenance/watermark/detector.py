"""Detection: whose mark frames carry, what it says, and how often chance would look the same."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.provenance.watermark.canvas import SIDE, coefficients_of, luma_of, to_canvas
from faceswap_lab.provenance.watermark.layout import layout_of
from faceswap_lab.provenance.watermark.reading import Reading, read
from faceswap_lab.provenance.watermark.synchronise import (
    WHOLE,
    PilotSearch,
    Place,
    blocks_visible,
    coefficients_at,
    num_places,
)
from faceswap_lab.provenance.watermark.types import Picture

FALSE_POSITIVE_RATE = 1e-6
"""How often, at most, frames without the mark of any of the keys pass for marked; over the whole search."""
MAX_FRAMES = 24
_SEARCHED_FRAMES = 3
_STAGES = 2  # the picture as it is, and parts of it: each has half of the false positives


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found in frames.

    Attributes:
        found: Whether they carry the mark of one of the keys.
        payload: What it says, 0 to 2**32 - 1; None where nothing was found.
        log10_p: Decimal logarithm of a bound on how often frames without a mark look as marked, 0 at most.
        key_index: Which of the keys; None where nothing was found.
        mirrored: Whether the picture is mirrored.
        place: Which part of the marked picture it shows, of a canvas of 192 px.
        contrast: The picture's contrast over that of the marked one.
        num_frames: Frames that were looked at.
    """

    found: bool
    payload: int | None
    log10_p: float
    key_index: int | None
    mirrored: bool
    place: Place
    contrast: float
    num_frames: int

    @property
    def confidence(self) -> float:
        """One minus the probability of a mistake, 0 to 1."""
        return 1 - 10**self.log10_p


def detect(
    frames: Iterable[Picture],
    keys: Sequence[bytes],
    *,
    search: bool = True,
    false_positive_rate: float = FALSE_POSITIVE_RATE,
) -> Detection:
    """Looks for the mark in frames of one clip, or in one picture.

    The frames vote: any of them may be missing, and their order does not matter. About 20 ms a key where the picture is
    whole or mirrored; a crop is looked for only if that finds nothing, and takes a few seconds a key.

    Args:
        frames: RGB uint8 or uint16, shape (H, W, 3), all of the same part of the picture; the first 24 are used.
        keys: Secrets to try.
        search: Whether to look for crops.
        false_positive_rate: Stated rate, over all keys and everything that is searched.

    Raises:
        ConfigError: There is no frame, or the rate is not between 0 and 1.
    """
    if not 0 < false_positive_rate < 1:
        raise ConfigError(f"false_positive_rate={false_positive_rate}: give a number between 0 and 1")
    lumas = [luma_of(frame) for frame in itertools.islice(frames, MAX_FRAMES)]
    if not lumas:
        raise ConfigError("there is no frame to look for a mark in")
    limit = math.log(false_positive_rate)
    best = _nothing(len(lumas))
    for stage in (_read_whole, _read_parts) if search else (_read_whole,):
        for mirrored in (False, True):
            seen = [np.ascontiguousarray(luma[:, ::-1]) for luma in lumas] if mirrored else lumas
            for index, (reading, place) in enumerate(stage(seen, keys)):
                if reading.log_p / math.log(10) < best.log10_p:
                    found = reading.log_p <= limit
                    best = Detection(
                        found,
                        reading.payload if found else None,
                        reading.log_p / math.log(10),
                        index if found else None,
                        mirrored,
                        place,
                        1 / reading.gain,
                        len(lumas),
                    )
            if best.found:
                return best
    return best


def _nothing(num_frames: int) -> Detection:
    return Detection(False, None, 0.0, None, False, WHOLE, 1.0, num_frames)


def _read_whole(lumas: list[NDArray[np.float32]], keys: Sequence[bytes]) -> list[tuple[Reading, Place]]:
    coefficients = np.stack([coefficients_of(to_canvas(luma)) for luma in lumas])
    num_choices = 2 * _STAGES * len(keys)
    return [(read(coefficients, layout_of(key), num_choices), WHOLE) for key in keys]


def _read_parts(lumas: list[NDArray[np.float32]], keys: Sequence[bytes]) -> list[tuple[Reading, Place]]:
    reduced = [to_canvas(luma, (2 * SIDE, 2 * SIDE)) for luma in lumas]
    chosen = [reduced[k] for k in sorted({round(k) for k in np.linspace(0, len(reduced) - 1, _SEARCHED_FRAMES)})]
    num_choices = 2 * _STAGES * len(keys) * num_places()
    readings: list[tuple[Reading, Place]] = []
    for key in keys:
        place, _ = PilotSearch(layout_of(key)).find(chosen)
        coefficients = np.stack([coefficients_at(luma, place) for luma in reduced])
        readings.append((read(coefficients, layout_of(key), num_choices, blocks_visible(place)), place))
    return readings
