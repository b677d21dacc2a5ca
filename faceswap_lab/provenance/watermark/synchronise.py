"""Finding out which part of the marked picture a picture shows, by the pilots.

A part is tried by resampling the picture to the size that it would have on the canvas. There the pilots' frequency is
read at every pixel at once, and compared with the pilots at every place at once, by Fourier transforms. The best places
are then moved in smaller and smaller steps. Parts about the picture's middle, which is what most crops leave, are tried
one by one as well: fine texture at a place a quarter of a pixel off says something else already.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.provenance.watermark.canvas import BASIS_82, BLOCK, BLOCKS, SIDE, coefficients_of, to_canvas
from faceswap_lab.provenance.watermark.layout import Layout
from faceswap_lab.provenance.watermark.reading import clarity, say
from faceswap_lab.provenance.watermark.types import ComplexArray, FloatArray

SMALLEST = 168
"""Smallest part that is looked for, canvas px: 87.5 % of a side, so 6.25 % cut off at both ends."""
_SIZE_STEP = 2
_CENTRED_STEP = 0.005 * SIDE  # half a percent of a side, cut off at both ends
_REFINED = 3  # rough places of each kind that are followed up
_STEPS = (1.0, 0.5, 0.25)
_EDGE = 0.5  # canvas px of a block that may be missing


class Place(NamedTuple):
    """Which part of the canvas a picture shows: canvas px, sizes in quarters and corners in eighths.

    Attributes:
        width, height: Size of the part.
        left, top: Its corner.
    """

    width: float
    height: float
    left: float
    top: float


WHOLE = Place(SIDE, SIDE, 0.0, 0.0)


def num_places() -> float:
    """How many places the search could end at; what refining may add to a size and a corner is counted with."""
    sizes, corners = 4 * (SIDE - SMALLEST + 4) + 1, 8 * (SIDE - SMALLEST + 6) + 1
    return float(sizes) ** 2 * float(corners) ** 2


def blocks_visible(place: Place) -> FloatArray:
    """1 for each block that lies in the picture, else 0, shape (24, 24)."""
    starts = BLOCK * np.arange(BLOCKS)

    def inside(start: float, length: float) -> NDArray[np.bool_]:
        return (starts >= start - _EDGE) & (starts + BLOCK <= start + length + _EDGE)

    return np.outer(inside(place.top, place.height), inside(place.left, place.width)).astype(np.float32)


def coefficients_at(reduced: NDArray[np.float32], place: Place) -> FloatArray:
    """The coefficients of a picture that shows a part of the canvas, shape (3, 24, 24)."""
    width, height = round(place.width), round(place.height)
    part = to_canvas(reduced, (width, height))
    scale_x, scale_y = place.width / width, place.height / height
    # Pixel centres lie at integers: the part's first pixel centre is half a pixel of its own inside of its corner.
    shift_x, shift_y = place.left + (scale_x - 1) / 2, place.top + (scale_y - 1) / 2
    matrix = np.array([[scale_x, 0, shift_x], [0, scale_y, shift_y]])
    canvas = cv2.warpAffine(part, matrix, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return coefficients_of(np.asarray(canvas, np.float32))


class PilotSearch:
    """Looks for a key's pilots.

    Args:
        layout: The key's.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        template = np.zeros((SIDE, SIDE), np.complex64)
        template[::BLOCK, ::BLOCK] = layout.pilot * np.exp(-1j * layout.phase[2])
        self._template = np.fft.fft2(template)
        self._turn = np.exp(-1j * layout.phase).astype(np.complex64)

    def find(self, frames: list[NDArray[np.float32]]) -> tuple[Place, float]:
        """The place at which something is read most clearly, and how clearly.

        Args:
            frames: Luma of frames that show the same part, reduced to twice the canvas or less.
        """
        sizes = range(SIDE, SMALLEST - 1, -_SIZE_STEP)
        anywhere = [self._correlate(frames, width, height) for width, height in itertools.product(sizes, sizes)]
        centred = [(place, self._clarity(frames, place)) for place in _centred()]
        starts = [place for rough in (anywhere, centred) for place, _ in sorted(rough, key=_score)[-_REFINED:]]
        return max((self._refine(frames, place) for place in starts), key=_score)

    def _correlate(self, frames: list[NDArray[np.float32]], width: int, height: int) -> tuple[Place, float]:
        """The best corner for a size."""
        said = np.zeros((SIDE, SIDE), np.complex64)
        for reduced in frames:
            said[: height - BLOCK + 1, : width - BLOCK + 1] += _pilot_everywhere(to_canvas(reduced, (width, height)))
        match = np.fft.ifft2(self._template * np.conj(np.fft.fft2(np.conj(said)))).real
        match = match[: SIDE - height + 1, : SIDE - width + 1]
        top, left = np.unravel_index(int(match.argmax()), match.shape)
        spread = np.sqrt(np.square(np.abs(said)).mean() * self._layout.pilot.sum() / 2) + 1e-9
        return Place(width, height, float(left), float(top)), float(match.max() / spread)

    def _refine(self, frames: list[NDArray[np.float32]], place: Place) -> tuple[Place, float]:
        best, best_clarity = place, self._clarity(frames, place)
        for step in _STEPS:
            for move in _MOVES:
                place = Place(*(value + step * change for value, change in zip(best, move, strict=True)))
                if max(place.width, place.height) > SIDE + 1 or (found := self._clarity(frames, place)) <= best_clarity:
                    continue
                best, best_clarity = place, found
        return best, best_clarity

    def _clarity(self, frames: list[NDArray[np.float32]], place: Place) -> float:
        said = sum(say(coefficients_at(reduced, place)) for reduced in frames)
        return float(clarity(np.asarray(said * self._turn * blocks_visible(place)), self._layout))


# Sizes about the part's middle, then corners.
_MOVES = [(s, 0, -s / 2, 0) for s in (1, -1)] + [(0, s, 0, -s / 2) for s in (1, -1)]
_MOVES += [(0, 0, s, 0) for s in (1, -1)] + [(0, 0, 0, s) for s in (1, -1)]


def _pilot_everywhere(part: NDArray[np.float32]) -> ComplexArray:
    """What the pilots' frequency says with its block beginning at each pixel; seven rows and columns fewer."""
    cosine = np.ascontiguousarray(BASIS_82[:, 1])
    response = cv2.sepFilter2D(part, cv2.CV_32F, cosine, cosine, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    height, width = part.shape
    return say(np.asarray(response, np.float32)[: height - BLOCK + 1, : width - BLOCK + 1])


def _centred() -> list[Place]:
    """Parts that lack as much on the left as on the right, and as much at the top as at the bottom."""
    cuts = np.arange(0, (SIDE - SMALLEST) / 2 + 0.01, _CENTRED_STEP)
    sides = [(round(4 * (SIDE - 2 * cut)) / 4, round(8 * cut) / 8) for cut in cuts.tolist()]
    return [Place(width, height, left, top) for width, left in sides for height, top in sides]


def _score(found: tuple[Place, float]) -> float:
    return found[1]
