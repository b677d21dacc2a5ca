"""Footage, swapped picture and mask in one video, for looking at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.media.joining import Segment, join
from faceswap_lab.media.pixels import as_picture, scaled, to_8_bits
from faceswap_lab.media.writer import Writer
from faceswap_lab.provenance.manifest import container_tags
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap.writers.companion import Scene, Shot

_LEAST_SCALE = 0.5  # what the watermark survives


class SideBySide:
    """``NAME_side_by_side.mp4``: footage | swapped | mask, in 8 bits, with the sound, encoded as the clip is.

    The middle is the output's picture with its marks, so that cutting it out gives no unmarked one.

    Args:
        max_side_px: Panels are made smaller towards this longest side, but to half their size at most.

    Raises:
        ConfigError: ``max_side_px`` is below 64.
    """

    needs_workings = False
    note = "the middle panel is the output's picture with its marks"

    def __init__(self, *, max_side_px: int = 960) -> None:
        if max_side_px < 64:
            raise ConfigError(f"also.side_by_side.max_side_px={max_side_px}: give 64 or more")
        self._max_side_px = max_side_px

    def path(self, output: Path) -> Path:
        """As `Companion`."""
        return output.with_name(f"{output.stem}_side_by_side{output.suffix}")

    def check(self, marks: Marks) -> None:
        """As `Companion`; it carries all of them."""

    @contextmanager
    def open(self, stage: Path, scene: Scene) -> Iterator[_Panels]:
        """As `Companion`."""
        tags = container_tags(self.path(scene.output))
        with scene.writer(stage, like=scene.footage, ranges=scene.ranges, tags=tags) as writer:
            yield _Panels(writer, self._max_side_px)

    @contextmanager
    def open_part(self, path: Path, scene: Scene, *, number: int, memory: Any) -> Iterator[_Panels]:
        """As `Companion`."""
        with scene.writer(path, like=scene.footage, ranges=scene.ranges, segment=number) as writer:
            yield _Panels(writer, self._max_side_px)

    def join(self, parts: Sequence[Segment], stage: Path, scene: Scene) -> None:
        """As `Companion`."""
        tags = container_tags(self.path(scene.output))
        join(parts, stage, like=scene.footage, ranges=scene.ranges, tags=tags, keeps=scene.keeps)


class _Panels:
    def __init__(self, writer: Writer, max_side_px: int) -> None:
        self._writer, self._max_side_px = writer, max_side_px

    def write(self, shot: Shot) -> None:
        """As `CompanionWriter`."""
        image = to_8_bits(shot.image)
        size = image.shape[1::-1]
        before = as_picture(cv2.resize(to_8_bits(shot.before), size, interpolation=cv2.INTER_AREA))
        grey = np.rint(shot.share * 255).astype(np.uint8)
        scale = min(1.0, max(_LEAST_SCALE, self._max_side_px / max(size)))
        panels = [scaled(panel, scale) for panel in (before, image, cv2.merge([grey] * 3).astype(np.uint8))]
        self._writer.write(np.hstack(panels), shot.frame)

    def memory(self) -> None:
        """As `CompanionWriter`; each panel is made of its own frame alone."""
