"""The conversion: footage in, footage with other faces out, with its marks and its manifest.

Memory is bounded by a few batches, whatever the length of the footage. Exactness belongs to the composite: before it is
marked and encoded, a frame without a face is the footage's frame bit for bit, and any other differs from it in the
patches alone.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import check_output, sha256_of
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.progress import track
from faceswap_lab.faces.extraction import media_sha256
from faceswap_lab.faces.finder import FaceFinder, build_finder
from faceswap_lab.media.footage import Footage, open_footage
from faceswap_lab.media.frame import Frame
from faceswap_lab.media.writer import WriterFactory, open_writer
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.provenance.manifest import Ingredient, Making, container_tags, manifest_path, write_manifest
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap.blends.blend import Blend
from faceswap_lab.swap.blends.membrane import Membrane
from faceswap_lab.swap.casting import Cast, find_cast
from faceswap_lab.swap.colour.colour import Colour
from faceswap_lab.swap.colour.skin_tone import SkinTone
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.details.detail import Detail
from faceswap_lab.swap.locate import FaceLocator
from faceswap_lab.swap.masks.hull_predicted import HullPredicted
from faceswap_lab.swap.masks.mask import Mask
from faceswap_lab.swap.paste import paste
from faceswap_lab.swap.put_back import PutBack
from faceswap_lab.swap.report import ConvertReport, SwapRecord, record_of
from faceswap_lab.swap.stages import Drawn, Stages, Swap
from faceswap_lab.swap.staging import staged
from faceswap_lab.swap.steady import Steady
from faceswap_lab.swap.swapper import Swapper

logger = logging.getLogger(__name__)

OnFace = Callable[[SwapRecord, NDArray[np.uint8], Patch], None]
"""Called for each swapped face with its record, the whole swapped frame before it is marked, and the patch in it."""


def convert(
    footage_path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    swapper: Swapper,
    identity: str | None = None,
    cast: Cast | None = None,
    finder: FaceFinder | None = None,
    faceset: str | os.PathLike[str] | None = None,
    colour: Colour | None = None,
    mask: Mask | None = None,
    blend: Blend | None = None,
    details: Sequence[Detail] = (),
    steady: Steady | None = None,
    marks: Marks | None = None,
    writer: WriterFactory = open_writer,
    ranges: FrameRange | None = None,
    batch_size: int = 16,
    overlap: bool = True,
    on_face: OnFace | None = None,
    config: Mapping[str, Any] | None = None,
) -> ConvertReport:
    """Puts identities' faces into footage and writes the result with its manifest.

    Everything that can be refused is refused before the first frame is read. Damaged footage is converted as far as it
    can be read; a frame without a face stays as it is.

    Args:
        footage_path: Video, GIF, image or folder of images.
        output: What to write; the suffix chooses the kind.
        swapper: The trained network.
        identity: Whose face to put in, where one face a frame is swapped; short for ``cast``.
        cast: Who is drawn over whom; instead of ``identity`` and ``faceset``.
        finder: Finds the faces; by default MTCNN boxes and dlib's landmarks.
        faceset: Face set of the footage's person; by default the one of the checkpoint's that holds this footage.
        colour: By default `SkinTone`.
        mask: By default `HullPredicted`.
        blend: By default `Membrane`.
        details: What is done to the face at the frame's scale, in this order; by default nothing.
        steady: How much of a track's frame before stays; by default nothing.
        marks: By default a visible label and the watermark.
        writer: How to encode.
        ranges: Frames to convert; None: all.
        batch_size: Most frames of a batch, and faces that go through the network at once.
        overlap: Whether decoding, finding, drawing and encoding go on at the same time.
        on_face: Sees each swapped face, in order.
        config: Choices to state in the manifest.

    Returns:
        What was done, with a record for each swapped face.

    Raises:
        CheckpointError: The network draws no mask and ``mask`` needs one.
        ConfigError: An identity is not in the checkpoint, a person cannot be recognised, or ``batch_size`` is below 1.
        ConsentError: The consent of somebody involved has expired.
        FacesetError: A face set or the alignments cannot be used.
        FootageError: The footage cannot be read, or the range holds none of its frames.
        OutputError: The output is the footage or cannot be written.
    """
    if batch_size < 1:
        raise ConfigError(f"batch_size={batch_size}: give 1 or more")
    output, mask, marks = Path(output), mask or HullPredicted(), marks or Marks(label=CornerLabel())
    cast = cast or Cast(identity=identity, faceset=faceset)
    cast.check(swapper)
    footage = open_footage(footage_path)
    check_output(output, [footage.path] if swapper.path is None else [footage.path, swapper.path])
    writer(output, like=footage, ranges=ranges)  # refuses a suffix it cannot write; creates nothing
    footage_sha256 = media_sha256(footage.path)
    casting = find_cast(cast, swapper=swapper, sha256=footage_sha256, finder=finder or build_finder())
    if mask.needs_prediction:
        for name in casting.identities:
            swapper.require_masks(name)

    report = ConvertReport(output, manifest_path(output), tuple(casting.identities))
    spec = swapper.crop_spec
    parts = PutBack(
        colour=colour or SkinTone(),
        mask=mask,
        blend=blend or Membrane(),
        crop_spec=spec,
        output_size=swapper.output_size,
        details=details,
        steady=steady,
    )
    locator = FaceLocator(casting.source, casting.router, crop_spec=spec)
    stages = Stages(locator, swapper, parts, report=report, batch_size=batch_size, overlap=overlap)
    finish = _Finish(marks.label, on_face, report)
    checkpoint = None if swapper.path is None else Ingredient(swapper.path.name, sha256_of(swapper.path))
    writer, marking = marks.over(writer, [footage_sha256, checkpoint, *casting.identities, ranges, config])
    start = time.perf_counter()
    with staged(output) as stage:
        batches = stages.run(footage, ranges)
        with writer(stage, like=footage, ranges=ranges, tags=container_tags(output)) as sink, closing(batches):
            frames = track(
                finish.frames(batches),
                total=_num_frames(footage, ranges),
                description=f"converting to {', '.join(casting.identities)}",
            )
            for image, frame in frames:
                with report.time("encode"):
                    sink.write(image, frame)
                report.num_frames += 1
        report.num_reused, report.elapsed_s = locator.num_reused, time.perf_counter() - start
        if report.num_swapped == 0:
            logger.warning("%s: 0 of %d frames were swapped: no face was found", footage.path, report.num_frames)
        making = Making(
            footage=Ingredient(footage.path.name, footage_sha256),
            checkpoint=checkpoint,
            identity=", ".join(casting.identities),
            identities=casting.involved,
            num_frames=report.num_frames,
            num_swapped=report.num_swapped,
            card=swapper.card,
            config=config or {},
            warnings=list(footage.problems),
            marks=marks.stated(marking),
        )
        output_sha256 = media_sha256(stage)
        write_manifest(output, sha256=output_sha256, making=making)
    if marking is not None:
        marking.remember(report.manifest, output_sha256)
    return report


def _num_frames(footage: Footage, ranges: FrameRange | None) -> int | None:
    total = footage.info.num_frames
    if ranges is None or total is None:
        return total
    return sum(ranges.contains(index) for index in range(total))


class _Finish:
    """Writes patches and label over frames, in order."""

    def __init__(self, label: CornerLabel | None, on_face: OnFace | None, report: ConvertReport) -> None:
        self._label, self._on_face, self._report = label, on_face, report
        self._corner: str | None = None

    def frames(self, batches: Iterable[Drawn]) -> Iterator[tuple[NDArray[np.uint8], Frame]]:
        """Yields the finished pictures."""
        for batch in batches:
            self._place_label(batch)
            for frame, swaps in zip(batch.frames, batch.swaps, strict=True):
                yield self._finish(frame, swaps), frame

    def _place_label(self, batch: Drawn) -> None:
        """Moves the label only where a face of the coming frames would be hidden, so that it does not jump about."""
        boxes = [patch.box for swaps in batch.swaps for _, patch in swaps]
        if self._label is not None and boxes:
            self._corner = self._label.choose_corner(batch.frames[0].image.shape[:2], boxes, self._corner)

    def _finish(self, frame: Frame, swaps: list[Swap]) -> NDArray[np.uint8]:
        report, image = self._report, frame.image
        if not image.flags.writeable:
            image = image.copy()
        with report.time("put_back"):
            paste(image, [patch for _, patch in swaps])
            records = [record_of(frame, face, patch) for face, patch in swaps]
        report.swaps += records
        if self._on_face is not None:
            for record, (_, patch) in zip(records, swaps, strict=True):
                self._on_face(record, image, patch)
        # From the first swapped frame to the end, also where the face is gone for a while: no flicker.
        if self._label is not None and self._corner is not None and report.swaps:
            with report.time("mark"):
                self._label.draw(image, self._corner)
        return image
