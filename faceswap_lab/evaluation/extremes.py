"""The best and the worst frames of a direction, caught in passing, with pictures of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from faceswap_lab.evaluation.pictures import Image, Picture, close_up
from faceswap_lab.evaluation.search import FoundFace
from faceswap_lab.evaluation.swap_masks import SwapMasks
from faceswap_lab.faces.face import FloatArray
from faceswap_lab.faces.mask_overlay import draw_overlay
from faceswap_lab.media.frame import Frame

SIZE_PX = 192
ERRORS = {
    "identity_distance_target": ("Distance to the identity swapped in", "descriptor distance"),
    "pose_error_deg": ("Head pose error", "degrees"),
    "mouth_opening_error": ("Mouth opening, difference from the footage's", "eye distances"),
}
"""By what frames are judged, with label and unit: low is good."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame and what can be seen in it.

    Attributes:
        value: Its error.
        index: Frame of the footage.
        pts_s: Its time, seconds.
        pictures: Footage, swapped and, where the mask is known, the footage with the mask over it.
    """

    value: float
    index: int
    pts_s: float
    pictures: tuple[Picture, ...]

    @property
    def place(self) -> str:
        """The frame, for people."""
        return f"frame {self.index}, {self.pts_s:.2f} s"


class Extremes:
    """Remembers the best and the worst frame of each of ``ERRORS`` while a converted clip is read.

    Args:
        footage: Whom the footage shows.
        identity: Who was swapped in.
        masks: Of the conversion, where it was watched.
    """

    def __init__(self, footage: str, identity: str, masks: SwapMasks | None = None) -> None:
        self._footage, self._identity, self._masks = footage, identity, masks
        self._best: dict[str, Moment] = {}
        self._worst: dict[str, Moment] = {}

    def add(self, before: Frame, after: Frame, face: FoundFace, around_682: FloatArray, distance: float | None) -> None:
        """Takes in a swapped frame.

        Args:
            before: Frame of the footage.
            after: The converted frame.
            face: The swapped face, found again.
            around_682: Of the footage's face, frame px; pictures are cut around them.
            distance: To the identity swapped in, where the face was described.
        """
        shown: tuple[Picture, ...] = ()
        for name, value in _errors(face, distance):
            best, worst = self._best.get(name), self._worst.get(name)
            if best is not None and worst is not None and best.value <= value <= worst.value:
                continue
            shown = shown or self._pictures(before, after, around_682)
            moment = Moment(value, before.index, before.pts_s, shown)
            if best is None or value < best.value:
                self._best[name] = moment
            if worst is None or value > worst.value:
                self._worst[name] = moment

    @property
    def moments(self) -> dict[str, tuple[Moment, Moment]]:
        """The best and the worst of each error that was seen."""
        return {name: (self._best[name], self._worst[name]) for name in ERRORS if name in self._best}

    def _pictures(self, before: Frame, after: Frame, around_682: FloatArray) -> tuple[Picture, ...]:
        frame = f"frame {before.index}"
        pictures = [
            Picture(_cut(before.image, around_682), "Footage", f"Footage of {self._footage}, {frame}"),
            Picture(_cut(after.image, around_682), "Swapped", f"{frame} with the face of {self._identity}"),
        ]
        height, width = before.image.shape[:2]
        mask_HW = None if self._masks is None else self._masks.at(before.index, (height, width))
        if mask_HW is not None:
            replaced = draw_overlay(
                pictures[0].image, _cut(np.repeat(mask_HW[..., None], 3, axis=2), around_682)[..., 0]
            )
            pictures.append(Picture(replaced, "Replaced", f"What was replaced in {frame}, tinted"))
        return tuple(pictures)


def _errors(face: FoundFace, distance: float | None) -> Iterator[tuple[str, float]]:
    if distance is not None:
        yield "identity_distance_target", distance
    yield "pose_error_deg", face.pose_error_deg
    yield "mouth_opening_error", abs(face.swapped_opening - face.footage_opening)


def _cut(image: Image, around_682: FloatArray) -> Image:
    return close_up(np.asarray(image, np.uint8), around_682, margin=0.35, size=SIZE_PX)
