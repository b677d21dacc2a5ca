"""What every output beside the converted clip is, and what it is given."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.media.encoding import Keeps
from faceswap_lab.media.footage import Footage
from faceswap_lab.media.frame import Frame, Picture
from faceswap_lab.media.joining import Segment
from faceswap_lab.media.writer import WriterFactory
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.provenance.marking import Marking
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap.stages import Swap


@dataclass(frozen=True, slots=True)
class Shot:
    """A finished picture and what it was made of.

    Attributes:
        frame: Its place in the footage; its own picture is painted over by now.
        before: The footage's picture, shape (H, W, 3).
        image: As it is in the output: swapped, in the output's size, with label and watermark.
        swaps: Its faces and patches, in px of ``before``.
        label_box: Where the label lies in ``image``, xyxy, right and bottom exclusive; None where there is none.
    """

    frame: Frame
    before: Picture
    image: Picture
    swaps: Sequence[Swap]
    label_box: tuple[int, int, int, int] | None = None

    @property
    def share(self) -> NDArray[np.float32]:
        """How much of each pixel of ``image`` is a swapped face, [0, 1], shape of ``image``."""
        share = np.zeros(self.before.shape[:2], np.float32)
        for _, patch in self.swaps:
            left, top, right, bottom = patch.box
            np.maximum(share[top:bottom, left:right], patch.mask, out=share[top:bottom, left:right])
        height, width = self.image.shape[:2]
        if share.shape == (height, width):
            return share
        return np.asarray(cv2.resize(share, (width, height), interpolation=cv2.INTER_AREA), np.float32)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known before the first picture.

    Attributes:
        output: The converted clip.
        footage: What it is made from.
        ranges: Frames that are written; None: all.
        identities: Who is put in.
        writer: How the clip is encoded, without its watermark.
        keeps: What of the footage goes into the clip beside its pictures.
        label: The visible label, or None.
        marking: The watermark, or None.
    """

    output: Path
    footage: Footage
    ranges: FrameRange | None
    identities: Sequence[str]
    writer: WriterFactory
    keeps: Keeps
    label: CornerLabel | None
    marking: Marking | None


class CompanionWriter(Protocol):
    """Takes shots in order."""

    def write(self, shot: Shot) -> None:
        """Appends a shot.

        Raises:
            OutputError: It cannot be written.
        """
        ...

    def memory(self) -> Any:
        """What the part of the next segment has to know of those before it, for JSON."""
        ...


class Companion(Protocol):
    """An output beside the converted clip."""

    @property
    def needs_workings(self) -> bool:
        """Whether patches have to tell what they were made of, `Patch.debug`."""
        ...

    @property
    def note(self) -> str:
        """What its manifest says of its marks."""
        ...

    def path(self, output: Path) -> Path:
        """Where it goes.

        Args:
            output: The converted clip.
        """
        ...

    def check(self, marks: Marks) -> None:
        """Refuses marks that it cannot carry.

        Raises:
            ConfigError: It would be a way round them.
        """
        ...

    def open(self, stage: Path, scene: Scene) -> AbstractContextManager[CompanionWriter]:
        """A writer; when its block ends well, a whole file or folder lies at ``stage``."""
        ...

    def open_part(
        self, path: Path, scene: Scene, *, number: int, memory: Any
    ) -> AbstractContextManager[CompanionWriter]:
        """A writer of the shots of one segment; when its block ends well, a whole file or folder lies at ``path``.

        Args:
            path: Where to; nothing is there.
            scene: What is known.
            number: Of the segment.
            memory: ``CompanionWriter.memory`` at the end of the segment before; None for the first.
        """
        ...

    def join(self, parts: Sequence[Segment], stage: Path, scene: Scene) -> None:
        """Makes of the parts of all segments what ``open`` would have written; the parts stay as they are.

        Args:
            parts: Each part and the frames of its segment, in order.
            stage: Where to.
            scene: What is known.

        Raises:
            OutputError: It cannot be written.
        """
        ...
