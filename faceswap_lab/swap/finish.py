"""The last step before the encoder: patches over frames, their size, and the label, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.media.frame import Frame, Picture
from faceswap_lab.media.pixels import scaled, to_8_bits
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.paste import paste
from faceswap_lab.swap.report import ConvertReport, SwapRecord, record_of
from faceswap_lab.swap.stages import Drawn, Swap
from faceswap_lab.swap.writers.companion import Shot

OnFace = Callable[[SwapRecord, NDArray[np.uint8], Patch], None]
"""Called for each swapped face with its record, the whole swapped frame in 8 bits, not yet marked, and the patch."""


class PictureKind(NamedTuple):
    """What all pictures of an output have in common.

    Attributes:
        height: Px.
        width: Px.
        deep: Whether they are uint16.
    """

    height: int
    width: int
    deep: bool

    @classmethod
    def of(cls, image: Picture) -> PictureKind:
        """That of a picture."""
        height, width = image.shape[:2]
        return cls(height, width, image.dtype != np.uint8)


class Finished(NamedTuple):
    """A picture to write.

    Attributes:
        image: RGB, uint8 or, of footage of more than 8 bits, uint16 of full range.
        frame: What it was made from.
        memory: As ``stages.Drawn``, with the frame that ends a segment.
        shot: What it was made of, where somebody wants to see that.
    """

    image: Picture
    frame: Frame
    memory: dict[str, Any] | None
    shot: Shot | None = None


class Finish:
    """Writes patches and label over frames.

    Args:
        label: The visible label, or None.
        on_face: Sees each swapped face.
        report: Where faces and times are noted.
        scale: Size of the picture over that of the frame. It changes before the label is drawn and the watermark goes
            in, so that both are as strong in every size.
        with_shots: Whether pictures come with what they were made of.
    """

    def __init__(
        self,
        label: CornerLabel | None,
        on_face: OnFace | None,
        report: ConvertReport,
        *,
        scale: float = 1,
        with_shots: bool = False,
    ) -> None:
        self._with_shots = with_shots
        self._label, self._on_face, self._report, self._scale = label, on_face, report, scale
        self._corner: str | None = None
        self.kind: PictureKind | None = None  # of the last finished picture

    def frames(self, batches: Iterable[Drawn]) -> Iterator[Finished]:
        """Yields the finished pictures."""
        for batch in batches:
            self._place_label(batch)
            for number, (frame, swaps) in enumerate(zip(batch.frames, batch.swaps, strict=True), start=1):
                memory = batch.memory if number == len(batch.frames) else None
                before = frame.full_depth.copy() if self._with_shots else None
                image = self._finish(frame, swaps)
                self.kind = PictureKind.of(image)
                shot = None if before is None else Shot(frame, before, image, swaps, self._label_box(image))
                yield Finished(image, frame, memory, shot)

    def memory(self) -> dict[str, Any]:
        """What has to be given to ``restore`` to go on with the next batch, for JSON."""
        return {"corner": self._corner, "kind": self.kind}

    def restore(self, memory: Mapping[str, Any]) -> None:
        """Goes on where ``memory`` was taken; the report has to hold the faces up to there."""
        self._corner = memory["corner"]
        self.kind = None if memory["kind"] is None else PictureKind(*memory["kind"])

    def _place_label(self, batch: Drawn) -> None:
        """Moves the label only where a face of the coming frames would be hidden, so that it does not jump about."""
        boxes = [patch.box for swaps in batch.swaps for _, patch in swaps]
        if self._label is not None and boxes:
            self._corner = self._label.choose_corner(batch.frames[0].full_depth.shape[:2], boxes, self._corner)

    def _finish(self, frame: Frame, swaps: list[Swap]) -> Picture:
        report, image = self._report, frame.full_depth
        if not image.flags.writeable:
            image = image.copy()
        with report.time("put_back"):
            paste(image, [patch for _, patch in swaps])
            records = [record_of(frame, face, patch) for face, patch in swaps]
        report.swaps += records
        if self._on_face is not None:
            for record, (_, patch) in zip(records, swaps, strict=True):
                self._on_face(record, to_8_bits(image), patch)
        image = scaled(image, self._scale)
        # From the first swapped frame to the end, also where the face is gone for a while: no flicker.
        if self._label is not None and self._corner is not None and report.swaps:
            with report.time("mark"):
                self._label.draw(image, self._corner)
        return image

    def _label_box(self, image: Picture) -> tuple[int, int, int, int] | None:
        """Where `_finish` has drawn the label."""
        if self._label is None or self._corner is None or not self._report.swaps:
            return None
        return self._label.box(image.shape[:2], self._corner)
