"""From footage to a face set: find, cut, measure and store the faces of one clip.

Everything needed to go on after a kill is in the face set: rows are committed every few dozen frames together with the
number of the next frame, and a second run of the same request starts there.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from faceswap_lab.core.errors import ConfigError, NoFaceError
from faceswap_lab.core.files import check_output
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.progress import track
from faceswap_lab.faces.continuing import open_if_there
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.extraction_request import (
    is_complete,
    media_record,
    media_sha256,
    num_wanted,
    remaining,
    request_key,
)
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import Embedder, FaceFinder, Masker
from faceswap_lab.faces.identity_record import IdentityRecord, MediaRecord
from faceswap_lab.faces.likeness import Likeness
from faceswap_lab.faces.measure import measure
from faceswap_lab.faces.screen import Screen, ScreenedFace
from faceswap_lab.media.footage import Footage, open_footage
from faceswap_lab.media.frame import Frame

__all__ = ["ExtractionReport", "extract", "media_sha256"]

logger = logging.getLogger(__name__)

FRAMES_PER_COMMIT = 32


@dataclass(frozen=True, slots=True)
class ExtractionReport:
    """What an extraction did.

    Attributes:
        faceset: The face set's folder.
        num_frames: Frames looked at in this run.
        num_faces: Faces added in this run.
        num_without_face: Frames of this run without a face.
        num_with_more: Frames of this run with more faces than were kept.
        num_total: Faces in the set now.
        resumed_at: First frame of this run if an earlier one was cut off, else None.
        already_complete: Whether an earlier run had finished, so that nothing was left to do.
        num_left_out: Faces of this run that were not of the people wanted.
    """

    faceset: Path
    num_frames: int
    num_faces: int
    num_without_face: int
    num_with_more: int
    num_total: int
    resumed_at: int | None = None
    already_complete: bool = False
    num_left_out: int = 0


def extract(
    footage_path: str | Path,
    faceset_path: str | Path,
    *,
    record: IdentityRecord,
    finder: FaceFinder,
    crop_spec: CropSpec | None = None,
    masker: Masker | None = None,
    embedder: Embedder | None = None,
    num_embedded: int = 64,
    ranges: FrameRange | None = None,
    every: int = 1,
    max_faces: int | None = None,
    likeness: Likeness | None = None,
    everybody: bool = False,
    known_in: Sequence[Path] = (),
) -> ExtractionReport:
    """Fills a face set from footage; makes the set with the first face, or goes on with the one that is there.

    Args:
        footage_path: Video, GIF, image or folder of images.
        faceset_path: Folder of the face set.
        record: Whose face it is, with the checked consent.
        finder: Finds the faces of a frame.
        crop_spec: Kind and size of the crops; by default the face at 256 px.
        masker: Draws the masks; by default the hull of the landmarks.
        embedder: Computes the vectors of some faces from the whole frame; None computes none.
        num_embedded: Of how many faces, spread over the footage.
        ranges: Frames to look at; None: all.
        every: Of these, every n-th.
        max_faces: How many faces to keep a frame, the largest first; None keeps one, or with ``likeness.only`` or
            ``everybody`` all that are wanted.
        likeness: Whose faces are wanted; needs an embedder.
        everybody: Whether to describe all faces stretch by stretch, so that they can be told apart afterwards.
        known_in: Other face sets in which this footage may have been extracted in the same way already.

    Returns:
        Counts of this run.

    Raises:
        ConfigError: ``every`` or ``max_faces`` is below 1, or there is no embedder where one is needed.
        FootageError: The footage cannot be read.
        FacesetError: The folder holds other files, or a set of another identity, consent or crop.
        NoFaceError: No frame of the footage shows a face; no new face set is left behind.
        OutputError: The folder cannot be written, or the disk is full.
    """
    if max_faces is None and not everybody and (likeness is None or likeness.only is None):
        max_faces = 1
    if every < 1 or (max_faces is not None and max_faces < 1):
        raise ConfigError(f"every={every} and max_faces={max_faces} must both be 1 or more")
    footage_path, faceset_path, spec = Path(footage_path), Path(faceset_path), crop_spec or CropSpec()
    footage = open_footage(footage_path)
    check_output(faceset_path, [footage_path])
    faceset = open_if_there(faceset_path, record, spec)
    media = media_record(footage)
    request = request_key(media, finder, ranges, every, max_faces, likeness=likeness, everybody=everybody)
    next_frame = 0 if faceset is None else faceset.database.scan_state(request)[0]
    known = [*(Faceset.open(path, may_be_empty=True) for path in known_in), *([] if faceset is None else [faceset])]
    if (complete := next((one for one in known if is_complete(one, request)), None)) is not None:
        logger.info("%s: these frames are in %s already, nothing to do", footage_path, complete.path)
        return ExtractionReport(complete.path, 0, 0, 0, 0, len(complete), already_complete=True)
    job = _Job(footage, media, record, finder, spec, masker, embedder, max_faces, request, faceset_path, faceset)
    if likeness is not None or everybody:
        if embedder is None:
            raise ConfigError("telling people apart needs an embedder; leave out ~embedder")
        job.screen = Screen(embedder, crop_spec=spec, masker=masker, likeness=likeness, max_faces=max_faces)
    job.embed_every = max(1, -(-(num_wanted(footage, ranges, every) or 500) // max(num_embedded, 1)))
    with closing(job):
        return job.run(ranges, every, next_frame)


@dataclass(slots=True)
class _Job:
    footage: Footage
    media: MediaRecord
    record: IdentityRecord
    finder: FaceFinder
    spec: CropSpec
    masker: Masker | None
    embedder: Embedder | None
    max_faces: int | None
    request: str
    path: Path
    faceset: Faceset | None
    embed_every: int = 1
    screen: Screen | None = None
    num_before: int = 0
    num_faces: int = 0
    num_without_face: int = 0
    num_with_more: int = 0

    def run(self, ranges: FrameRange | None, every: int, next_frame: int) -> ExtractionReport:
        num_frames, wanted = 0, num_wanted(self.footage, ranges, every)
        known: set[int] = set()
        if self.faceset is not None:
            known, self.num_before = self.faceset.database.frames_of(self.media.sha256)
        frames = self._frames(ranges, every, next_frame)
        for frame in track(frames, total=wanted, description="extracting faces"):
            num_frames += 1
            if frame.index not in known:
                self._take(frame)
            if num_frames % FRAMES_PER_COMMIT == 0:
                self._settle()
                if self.faceset is not None:
                    self._note(frame.index + 1, complete=False)
        self._settle()
        if self.faceset is None or not (self.num_faces or self.num_before):
            raise NoFaceError(self._why_none(num_frames))
        self._note(0, complete=True)
        self._say_what_was_left()
        return ExtractionReport(
            faceset=self.path,
            num_frames=num_frames,
            num_faces=self.num_faces,
            num_without_face=self.num_without_face,
            num_with_more=self.num_with_more,
            num_total=len(self.faceset),
            resumed_at=next_frame or None,
            num_left_out=0 if self.screen is None else self.screen.num_left_out,
        )

    def close(self) -> None:
        """Commits what is done, also when an error or Ctrl-C ends the run."""
        if self.faceset is not None:
            self.faceset.close()

    def _frames(self, ranges: FrameRange | None, every: int, next_frame: int) -> Iterator[Frame]:
        if next_frame == 0:
            return self.footage.frames(ranges, every)
        logger.info("%s: going on at frame %d", self.footage.path, next_frame)
        if every == 1:
            rest = remaining(ranges, next_frame)
            return iter(()) if rest is None else self.footage.frames(rest)
        # The phase of every n-th frame is counted from the start, so the start is read again.
        return (frame for frame in self.footage.frames(ranges, every) if frame.index >= next_frame)

    def _take(self, frame: Frame) -> None:
        faces = self.finder.find(frame.image)
        self.num_without_face += not faces
        if self.screen is not None:
            self.screen.add(frame, faces)
            return
        assert self.max_faces is not None
        self.num_with_more += len(faces) > self.max_faces
        for face_index, face in enumerate(faces[: self.max_faces]):
            embedding = None
            # Counted from the footage's first face, so that a resumed run describes the same ones.
            if self.embedder is not None and (self.num_before + self.num_faces) % self.embed_every == 0:
                embedding = self.embedder.embed(frame.image, face.landmarks_682)
            measured = measure(frame.image, face, self.spec, masker=self.masker)
            self._store(ScreenedFace(measured, frame.index, frame.pts_s, face_index, embedding=embedding))

    def _settle(self) -> None:
        if self.screen is not None:
            for face in self.screen.settle():
                self._store(face)
            self.num_with_more = self.screen.num_with_more

    def _store(self, face: ScreenedFace) -> None:
        if self.faceset is None:
            self.faceset = Faceset.create(self.path, self.record, crop_spec=self.spec)
        if self.num_faces == 0:
            self.faceset.add_media(self.media)
        self.faceset.add(
            face.measured,
            media=self.media.sha256,
            frame_index=face.frame_index,
            pts_s=face.pts_s,
            detector=self.finder.detector.name,
            landmarker=self.finder.landmarker.name,
            face_index=face.face_index,
            track=face.track,
            embedding=face.embedding,
            embedder=None if self.embedder is None or face.embedding is None else self.embedder.name,
        )
        self.num_faces += 1

    def _note(self, next_frame: int, *, complete: bool) -> None:
        assert self.faceset is not None
        self.faceset.database.note_scan(self.request, media=self.media.sha256, next_frame=next_frame, complete=complete)
        self.faceset.commit()

    def _why_none(self, num_frames: int) -> str:
        if self.screen is not None and self.screen.num_left_out:
            return self.screen.why_none(self.footage.path)
        return (
            f"{self.footage.path}: no face in {num_frames} frames; check that it is upright and shows a face of at "
            "least 8 % of the short side, or lower detector.min_face"
        )

    def _say_what_was_left(self) -> None:
        if self.num_with_more:
            logger.warning(
                "%s: %d frames show more than %d face(s); only the largest were kept",
                self.footage.path,
                self.num_with_more,
                self.max_faces,
            )
        if self.num_without_face:
            logger.warning("%s: no face in %d frames", self.footage.path, self.num_without_face)
