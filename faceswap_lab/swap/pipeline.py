"""The streaming conversion: decode, find, network, put back, mark, encode, a batch of frames at a time.

Memory is bounded by one batch, whatever the length of the footage. Exactness belongs to the composite: before it is
marked and encoded, a frame without the face is the footage's frame bit for bit, and any other differs from it in the
patch alone.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
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
from faceswap_lab.media.writer import Writer, WriterFactory, open_writer
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.provenance.manifest import Ingredient, Making, container_tags, manifest_path, write_manifest
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap.blends.blend import Blend
from faceswap_lab.swap.blends.membrane import Membrane
from faceswap_lab.swap.colour.colour import Colour
from faceswap_lab.swap.colour.skin_tone import SkinTone
from faceswap_lab.swap.composite import Patch
from faceswap_lab.swap.footage_faces import find_footage_faces
from faceswap_lab.swap.involved import involved_identities
from faceswap_lab.swap.locate import FaceLocator, LocatedFace, batches_of
from faceswap_lab.swap.masks.hull_predicted import HullPredicted
from faceswap_lab.swap.masks.mask import Mask
from faceswap_lab.swap.put_back import PutBack
from faceswap_lab.swap.report import ConvertReport, SwapRecord, record_of
from faceswap_lab.swap.staging import staged
from faceswap_lab.swap.swapper import Swapper

logger = logging.getLogger(__name__)

OnFace = Callable[[SwapRecord, NDArray[np.uint8], Patch], None]
"""Called for each swapped face with its record, the whole swapped frame before it is marked, and the patch in it."""


def convert(
    footage_path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    swapper: Swapper,
    identity: str,
    finder: FaceFinder | None = None,
    faceset: str | os.PathLike[str] | None = None,
    colour: Colour | None = None,
    mask: Mask | None = None,
    blend: Blend | None = None,
    marks: Marks | None = None,
    writer: WriterFactory = open_writer,
    ranges: FrameRange | None = None,
    batch_size: int = 16,
    on_face: OnFace | None = None,
    config: Mapping[str, Any] | None = None,
) -> ConvertReport:
    """Puts an identity's face into footage and writes the result with its manifest.

    Everything that can be refused is refused before the first frame is read. Damaged footage is converted as far as it
    can be read; a frame without a face stays as it is.

    Args:
        footage_path: Video, GIF, image or folder of images.
        output: What to write; the suffix chooses the kind.
        swapper: The trained network.
        identity: Whose face to put in.
        finder: Finds the faces; by default MTCNN boxes and dlib's landmarks.
        faceset: Face set of the footage's person; by default the one of the checkpoint's that holds this footage.
        colour: By default `SkinTone`.
        mask: By default `HullPredicted`.
        blend: By default `Membrane`.
        marks: By default a visible label and the watermark.
        writer: How to encode.
        ranges: Frames to convert; None: all.
        batch_size: Most frames in memory, and faces that go through the network at once.
        on_face: Sees each swapped face, in order.
        config: Choices to state in the manifest.

    Returns:
        What was done, with a record for each swapped face.

    Raises:
        CheckpointError: The network draws no mask and ``mask`` needs one.
        ConfigError: The identity is not in the checkpoint, or ``batch_size`` is below 1.
        ConsentError: The consent of somebody involved has expired.
        FacesetError: ``faceset`` is none.
        FootageError: The footage cannot be read, or the range holds none of its frames.
        OutputError: The output is the footage or cannot be written.
    """
    if batch_size < 1:
        raise ConfigError(f"batch_size={batch_size}: give 1 or more")
    output, mask, marks = Path(output), mask or HullPredicted(), marks or Marks(label=CornerLabel())
    swapper.check_identity(identity)
    if (reason := swapper.refusal(identity)) is not None:
        raise ConfigError(f"identity={identity}: {reason}")
    footage = open_footage(footage_path)
    check_output(output, [footage.path] if swapper.path is None else [footage.path, swapper.path])
    writer(output, like=footage, ranges=ranges)  # refuses a suffix it cannot write; creates nothing
    if mask.needs_prediction:
        swapper.require_masks(identity)
    footage_sha256 = media_sha256(footage.path)
    known = find_footage_faces(footage_sha256, swapper.card, faceset=faceset)
    involved = involved_identities(swapper.card, identity, known)

    report = ConvertReport(output, manifest_path(output))
    spec = swapper.crop_spec
    parts = PutBack(
        colour=colour or SkinTone(),
        mask=mask,
        blend=blend or Membrane(),
        crop_spec=spec,
        output_size=swapper.output_size,
    )
    locator = FaceLocator(finder or build_finder(), crop_spec=spec, known=known, report=report)
    stream = _Stream(footage, swapper, identity, locator, parts, marks.label, on_face, report)
    checkpoint = None if swapper.path is None else Ingredient(swapper.path.name, sha256_of(swapper.path))
    writer, marking = marks.over(writer, [footage_sha256, checkpoint, identity, ranges, config])
    with staged(output) as stage:
        with writer(stage, like=footage, ranges=ranges, tags=container_tags(output)) as sink:
            stream.run(sink, ranges, batch_size)
        if report.num_swapped == 0:
            logger.warning("%s: 0 of %d frames were swapped: no face was found", footage.path, report.num_frames)
        making = Making(
            footage=Ingredient(footage.path.name, footage_sha256),
            checkpoint=checkpoint,
            identity=identity,
            identities=involved,
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


class _Stream:
    """One conversion under way: frames in batches, in order."""

    def __init__(
        self,
        footage: Footage,
        swapper: Swapper,
        identity: str,
        locator: FaceLocator,
        parts: PutBack,
        label: CornerLabel | None,
        on_face: OnFace | None,
        report: ConvertReport,
    ) -> None:
        self._footage, self._swapper, self._identity = footage, swapper, identity
        self._locator, self._parts, self._label = locator, parts, label
        self._on_face, self._report = on_face, report
        self._corner: str | None = None

    def run(self, sink: Writer, ranges: FrameRange | None, batch_size: int) -> None:
        """Converts every frame of the range and hands it to the sink."""
        info = self._footage.info
        total = info.num_frames
        if ranges is not None and total is not None:
            total = sum(ranges.contains(index) for index in range(total))
        frames = track(self._decode(ranges), total=total, description=f"converting to {self._identity}")
        for batch in batches_of(frames, batch_size, frame_bytes=3 * info.width * info.height):
            faces = [self._locator.locate(frame) for frame in batch]
            patches = self._swap(batch, faces)
            self._place_label(batch, patches)
            for frame, face, patch in zip(batch, faces, patches, strict=True):
                self._finish(frame, face, patch, sink)

    def _decode(self, ranges: FrameRange | None) -> Iterator[Frame]:
        frames = iter(self._footage.frames(ranges))
        while True:
            with self._report.time("decode"):
                frame = next(frames, None)
            if frame is None:
                return
            yield frame

    def _swap(self, batch: list[Frame], faces: list[LocatedFace | None]) -> list[Patch | None]:
        """A patch for each frame with a face; the frames are left alone."""
        crops = [face.crop for face in faces if face is not None]
        if not crops:
            return [None] * len(batch)
        with self._report.time("network"):
            images, masks = self._swapper.swap(crops, self._identity)
        patches: list[Patch | None] = []
        with self._report.time("put_back"):
            drawn = iter(range(len(crops)))
            for frame, face in zip(batch, faces, strict=True):
                if face is None:
                    patches.append(None)
                    continue
                k = next(drawn)
                predicted = None if masks is None else masks[k]
                patches.append(
                    self._parts.patch(frame.image, face.landmarks_682, face.frame_to_crop_23, images[k], predicted)
                )
        return patches

    def _place_label(self, batch: list[Frame], patches: list[Patch | None]) -> None:
        """Moves the label only where a face of the coming frames would be hidden, so that it does not jump about."""
        boxes = [patch.box for patch in patches if patch is not None]
        if self._label is not None and boxes:
            self._corner = self._label.choose_corner(batch[0].image.shape[:2], boxes, self._corner)

    def _finish(self, frame: Frame, face: LocatedFace | None, patch: Patch | None, sink: Writer) -> None:
        report, image = self._report, frame.image
        if not image.flags.writeable:
            image = image.copy()
        if face is not None and patch is not None:
            with report.time("put_back"):
                patch.write_to(image)
            record = record_of(frame.index, frame.pts_s, face.landmarks_682, patch)
            report.swaps.append(record)
            if self._on_face is not None:
                self._on_face(record, image, patch)
        # From the first swapped frame to the end, also where the face is gone for a while: no flicker.
        if self._label is not None and self._corner is not None and report.swaps:
            with report.time("mark"):
                self._label.draw(image, self._corner)
        with report.time("encode"):
            sink.write(image, frame)
        report.num_frames += 1
