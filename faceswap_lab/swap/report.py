"""What a conversion says of itself: one record a swapped face, and the sums."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from faceswap_lab.faces.face import FloatArray
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.locate import LocatedFace

OPAQUE = 0.98
"""Share of the face from which on the footage no longer shines through."""


@dataclass(frozen=True, slots=True)
class SwapRecord:
    """One swapped face.

    Attributes:
        frame_index: Frame of the footage, from 0.
        pts_s: Its time, seconds.
        landmarks_682: Landmarks of the footage's face, frame px.
        box: The only pixels that changed: frame px, xyxy, right and bottom exclusive.
        opaque_px: Pixels whose mask is at least ``OPAQUE``.
        hull_px: Area of the landmarks' convex hull.
        identity: Who was drawn.
        track: Number of the face's track within the footage.
    """

    frame_index: int
    pts_s: float
    landmarks_682: FloatArray
    box: tuple[int, int, int, int]
    opaque_px: int
    hull_px: float
    identity: str = ""
    track: int = 0

    @property
    def mask_hull_ratio(self) -> float:
        """Opaque area over hull area."""
        return self.opaque_px / self.hull_px if self.hull_px > 0 else 0.0

    def to_plain(self) -> dict[str, Any]:
        """The record in lists and numbers that survive JSON exactly."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return plain | {"landmarks_682": self.landmarks_682.tolist()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> SwapRecord:
        """The record that ``to_plain`` described."""
        left, top, right, bottom = plain["box"]
        values: dict[str, Any] = {"landmarks_682": np.array(plain["landmarks_682"]), "box": (left, top, right, bottom)}
        values.update((name, value) for name, value in plain.items() if name not in values)
        return cls(**values)


def record_of(frame: Frame, face: LocatedFace, patch: Patch) -> SwapRecord:
    """The record of a frame's face and its patch."""
    hull = cv2.convexHull(face.landmarks_682.astype(np.float32))
    opaque_px = int(np.count_nonzero(patch.mask >= OPAQUE))
    return SwapRecord(
        frame.index,
        frame.pts_s,
        face.landmarks_682,
        patch.box,
        opaque_px,
        float(cv2.contourArea(hull)),
        face.identity,
        face.track,
    )


@dataclass(slots=True)
class ConvertReport:
    """What was converted, and how long each stage took.

    Attributes:
        output: What was written.
        manifest: The manifest beside it.
        identities: Everybody who is put in.
        num_frames: Frames written.
        num_resumed: Of these, frames that a run before had written.
        num_reused: Frames whose faces came from a face set, so that none had to be found.
        swaps: A record for each swapped face, in the order of frames.
        seconds: Time by stage: ``decode``, ``find``, ``network``, ``put_back``, ``mark``, ``encode``. Stages overlap,
            so that their sum may exceed the time that passed.
        elapsed_s: Time that passed.
        beside: What was written beside the output.
        was_done: Whether the output was there already, made of the same by the same, and was left as it is.
    """

    output: Path
    manifest: Path
    identities: tuple[str, ...] = ()
    num_frames: int = 0
    num_resumed: int = 0
    num_reused: int = 0
    swaps: list[SwapRecord] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    elapsed_s: float = 0.0
    beside: list[Path] = field(default_factory=list)
    was_done: bool = False

    @property
    def num_swapped(self) -> int:
        """Frames with a swapped face, or several."""
        return len({swap.frame_index for swap in self.swaps})

    @property
    def ms_per_frame(self) -> float:
        """Milliseconds a frame took in this run, from footage to output."""
        return 1000 * self.elapsed_s / max(self.num_frames - self.num_resumed, 1)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Adds the time that the block takes to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start
