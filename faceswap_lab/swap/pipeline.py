"""The conversion: footage in, footage with other faces out, with its marks and its manifest.

Memory is bounded by a few batches, whatever the length of the footage. Exactness belongs to the composite: before it is
marked and encoded, a frame without a face is the footage's frame bit for bit, and any other differs from it in the
patches alone.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from faceswap_lab.core.checkpoint import without_folders
from faceswap_lab.core.confidential import redacted
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.files import check_output, sha256_of
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.versions import commit, versions
from faceswap_lab.faces.extraction import media_sha256
from faceswap_lab.faces.finder import FaceFinder, build_finder
from faceswap_lab.faces.tracking.tracker import Tracker
from faceswap_lab.media.encoding import EVERYTHING
from faceswap_lab.media.footage import open_footage
from faceswap_lab.media.video_writer import VIDEO_SUFFIXES
from faceswap_lab.media.writer import ChosenWriter, WriterFactory, open_writer
from faceswap_lab.media.writers.encoded import Encoded
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.provenance.manifest import Ingredient, Making, manifest_path
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.provenance.signing import sign_output
from faceswap_lab.swap.blends.blend import Blend
from faceswap_lab.swap.blends.membrane import Membrane
from faceswap_lab.swap.casting import Cast, find_cast
from faceswap_lab.swap.colour.colour import Colour
from faceswap_lab.swap.colour.skin_tone import SkinTone
from faceswap_lab.swap.details.detail import Detail
from faceswap_lab.swap.done import done_before, recipe_hash, states_recipe
from faceswap_lab.swap.end_frames import EndFrames
from faceswap_lab.swap.finish import Finish, OnFace
from faceswap_lab.swap.job import Job
from faceswap_lab.swap.locate import FaceLocator
from faceswap_lab.swap.masks.hull_predicted import HullPredicted
from faceswap_lab.swap.masks.mask import Mask
from faceswap_lab.swap.put_back import PutBack
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.segments import SegmentFolder
from faceswap_lab.swap.stages import Stages
from faceswap_lab.swap.staging import remove_abandoned
from faceswap_lab.swap.steady import Steady
from faceswap_lab.swap.swapper import Swapper
from faceswap_lab.swap.writers.beside import Beside
from faceswap_lab.swap.writers.companion import Companion, Scene

logger = logging.getLogger(__name__)

SCALES = (0.1, 4.0)
"""Smallest and largest output over the footage."""


def convert(
    footage_path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    swapper: Swapper,
    identity: str | None = None,
    cast: Cast | None = None,
    finder: FaceFinder | None = None,
    tracker: Tracker | None = None,
    faceset: str | os.PathLike[str] | None = None,
    colour: Colour | None = None,
    mask: Mask | None = None,
    blend: Blend | None = None,
    details: Sequence[Detail] = (),
    steady: Steady | None = None,
    face_scale: float = 1.0,
    marks: Marks | None = None,
    writer: WriterFactory = open_writer,
    ranges: FrameRange | None = None,
    keep_rest: bool = False,
    scale: float = 1,
    also: Sequence[Companion] = (),
    batch_size: int = 16,
    overlap: bool = True,
    on_face: OnFace | None = None,
    config: Mapping[str, Any] | None = None,
    segment_frames: int | None = None,
    keep_done: bool = False,
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
        tracker: In which frames it looks, and where faces are followed instead; by default in every one.
        faceset: Face set of the footage's person; by default the one of the checkpoint's that holds this footage.
        colour: By default `SkinTone`.
        mask: By default `HullPredicted`.
        blend: By default `Membrane`.
        details: What is done to the face at the frame's scale, in this order; by default nothing.
        steady: How much of a track's frame before stays; by default nothing.
        face_scale: Size of the swapped face over that of the footage's, 0.8 to 1.25.
        marks: By default a visible label and the watermark.
        writer: How to encode.
        ranges: Frames to convert; None: all.
        keep_rest: Whether the other frames are written as they are, instead of being left out.
        scale: Size of the output over that of the footage.
        also: What is written beside the output.
        batch_size: Most frames of a batch, and faces that go through the network at once.
        overlap: Whether decoding, finding, drawing and encoding go on at the same time.
        on_face: Sees each swapped face, in order.
        config: Choices to state in the manifest.
        segment_frames: A video is written in segments of so many frames, which a run that is killed leaves for the next
            one with the same arguments. ``config`` has to hold all choices that are made by arguments here, since it is
            by them that segments are known again. None: in one piece.
        keep_done: Whether an output that an earlier call with the same arguments finished stays as it is. It is known
            by its manifest, and needs ``config`` as ``segment_frames`` does.

    Returns:
        What was done, with a record for each swapped face; with none where the output was there already.

    Raises:
        CheckpointError: The network draws no mask and ``mask`` needs one.
        ConfigError: An identity is not in the checkpoint, a person cannot be recognised, ``batch_size`` or
            ``segment_frames`` is below 1, or segments could not be known again.
        ConsentError: The consent of somebody involved has expired.
        FacesetError: A face set or the alignments cannot be used.
        FootageError: The footage cannot be read, or the range holds none of its frames.
        Interrupted: Ctrl-C, where segments are written: what there is became ``NAME.partial.mp4``.
        OutputError: The output is the footage or cannot be written, or another conversion writes it just now.
    """
    if batch_size < 1:
        raise ConfigError(f"batch_size={batch_size}: give 1 or more")
    if keep_rest and ranges is None:
        raise ConfigError("rest=keep has no effect: no frame is left out; give range=, or leave rest= away")
    if not SCALES[0] <= scale <= SCALES[1]:
        raise ConfigError(f"scale={scale:g}: give {SCALES[0]:g} to {SCALES[1]:g}")
    only, ranges = (ranges, None) if keep_rest else (None, ranges)
    if segment_frames is not None:
        if segment_frames < 1:
            raise ConfigError(f"segment_frames={segment_frames}: give 1 or more, or null for one piece")
        if config is None or swapper.path is None or on_face is not None:
            raise ConfigError("segment_frames needs config and a network from a file, and shows no face to on_face")
    config = None if config is None else redacted(config)
    output, mask, marks = Path(output), mask or HullPredicted(), marks or Marks(label=CornerLabel())
    if output.suffix.lower() not in (*VIDEO_SUFFIXES, ".gif"):
        if isinstance(writer, Encoded) and not writer.is_default:
            logger.warning("%s: settings of writer=%s have no effect on images", output, writer.encoding().name)
        if marks.end_card is not None:
            logger.warning("%s: provenance.end_card has no effect on images", output)
            marks = marks.without_end_card()
    beside = Beside(also, output)
    cast = cast or Cast(identity=identity, faceset=faceset)
    cast.check(swapper)
    footage = open_footage(footage_path)
    inputs = [path for path in (footage.path, swapper.path) if path is not None]

    def check_outputs(is_ours: Callable[[Path], bool]) -> None:
        check_output(output, inputs)
        writer(output, like=footage, ranges=ranges)  # refuses a suffix it cannot write; creates nothing
        beside.check(inputs, marks, is_ours)

    may_be_done = keep_done and output.exists()  # which itself may be in the way: then it is looked at first
    if not may_be_done:
        check_outputs(states_recipe)
    footage_sha256 = media_sha256(footage.path)
    casting = find_cast(cast, swapper=swapper, sha256=footage_sha256, finder=finder or build_finder(), tracker=tracker)
    if mask.needs_prediction:
        for name in casting.identities:
            swapper.require_masks(name)

    checkpoint = None if swapper.path is None else Ingredient(swapper.path.name, sha256_of(swapper.path))
    keeps = writer.keeps if isinstance(writer, ChosenWriter) else EVERYTHING
    unmarked, identification = writer, marks.identification()
    marked, marking = marks.over(writer, [footage_sha256, checkpoint, *casting.identities, ranges or only, config])
    key = None
    if config is not None and checkpoint is not None:
        key = {
            **{"footage": footage_sha256, "checkpoint": checkpoint, "cast": cast, "known": casting.known},
            **{
                "ranges": ranges,
                "only": only,
                "scale": scale,
                "config": config,
                "batch_size": batch_size,
                "segment_frames": segment_frames,
            },
            **{
                "marks": marks.stated(marking, identification),
                "device": swapper.device,
                "versions": versions(),
                "commit": commit(),
            },
        }
    recipe = None if key is None else recipe_hash(key)
    report = ConvertReport(output, manifest_path(output), tuple(casting.identities))
    if may_be_done and recipe is not None:
        manifest = done_before([output, *beside.paths], recipe, hashed=media_sha256)
        if manifest is not None:
            for path in (output, *beside.paths):
                remove_abandoned(path)
            SegmentFolder(output, key or {}).discard_if_there()
            report.was_done, report.num_frames = True, manifest["swap"]["frames"]
            return report

    def is_same(path: Path) -> bool:
        return recipe is not None and done_before([path], recipe, hashed=media_sha256) is not None

    if may_be_done:
        check_outputs(is_same)
    else:
        beside.check(inputs, marks, is_same)
    spec = swapper.crop_spec
    parts = PutBack(
        colour=colour or SkinTone(),
        mask=mask,
        blend=blend or Membrane(),
        crop_spec=spec,
        output_size=swapper.output_size,
        details=details,
        steady=steady,
        debug=beside.needs_workings,
        face_scale=face_scale,
    )
    locator = FaceLocator(casting.source, casting.router, crop_spec=spec)
    stages = Stages(locator, swapper, parts, report=report, batch_size=batch_size, only=only, overlap=overlap)
    finish = Finish(marks.label, on_face, report, scale=scale, with_shots=bool(also))
    start = time.perf_counter()

    def making(*warnings: str, note: str | None = None) -> Making:
        return Making(
            footage=Ingredient(footage.path.name, footage_sha256),
            checkpoint=checkpoint,
            identity=", ".join(casting.identities),
            identities=casting.involved,
            num_frames=report.num_frames,
            num_swapped=report.num_swapped,
            card=swapper.card,
            config=without_folders(config or {}),
            warnings=[*footage.problems, *warnings],
            marks=marks.stated(marking, identification) | ({} if note is None else {"note": note}),
            recipe_sha256=recipe,
        )

    def signed(stage: Path, named: Path, made: Making) -> str:
        return sign_output(
            stage, named, footage=footage.path, making=made, identification=identification, hashed=media_sha256
        )

    def sign(stage: Path, named: Path, *warnings: str) -> str:
        """Signs an output that is about to take its name, writes its manifest, and returns the output's hash."""
        report.output, report.manifest = named, manifest_path(named)
        report.num_reused, report.elapsed_s = locator.num_reused, time.perf_counter() - start
        if report.num_swapped == 0:
            found = f"{locator.num_with_faces} show faces, but nobody of whom identity= or swap= speaks"
            why = found if locator.num_with_faces else "no face was found"
            logger.warning("%s: 0 of %d frames were swapped: %s", footage.path, report.num_frames, why)
        return signed(stage, named, making(*warnings))

    def sign_beside(stage: Path, named: Path, note: str) -> None:
        signed(stage, named, making(note=note))
        report.beside.append(named)

    job = Job(
        stages,
        finish,
        marking,
        writer=marked,
        keeps=keeps,
        footage=footage,
        ranges=ranges,
        report=report,
        sign=sign,
        beside=beside,
        scene=Scene(output, footage, ranges, casting.identities, unmarked, keeps, marks.label, marking),
        sign_beside=sign_beside,
        end=None if marks.end_card is None else EndFrames(marks.end_card, casting.identities, footage),
    )
    if key is None or segment_frames is None or output.suffix.lower() not in VIDEO_SUFFIXES:
        job.run_whole()
    else:
        job.run_in_segments(key, segment_frames=segment_frames)
    return report
