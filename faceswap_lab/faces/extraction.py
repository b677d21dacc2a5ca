"""From footage to a face set: find and follow, cut, measure and store the faces of one clip.

Everything needed to go on after a kill is in the face set: rows are committed every few dozen frames together with the
number of the next frame and the tracker's memory, and a second run of the same request starts there.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from faceswap_lab.core.errors import ConfigError, NoFaceError
from faceswap_lab.core.files import check_output
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.progress import track
from faceswap_lab.faces.consent_binding import bind
from faceswap_lab.faces.continuing import open_if_there
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.cutting import CutFace, Cutter
from faceswap_lab.faces.extraction_report import ExtractionReport, say_what_was_left
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
from faceswap_lab.faces.patch import patch_of
from faceswap_lab.faces.refine import Refine
from faceswap_lab.faces.screen import Screen
from faceswap_lab.faces.trackers.landmarks import Landmarks
from faceswap_lab.faces.tracking.follow import FaceFollower, Memory
from faceswap_lab.faces.tracking.recognise import Recogniser
from faceswap_lab.faces.tracking.state import TrackedFace
from faceswap_lab.faces.tracking.tracker import Tracker
from faceswap_lab.media.footage import Footage, open_footage
from faceswap_lab.media.frame import Frame
from faceswap_lab.media.read_ahead import read_ahead

__all__ = ["ExtractionReport", "extract", "media_sha256"]

logger = logging.getLogger(__name__)

FRAMES_PER_COMMIT = 32


def extract(
    footage_path: str | Path,
    faceset_path: str | Path,
    *,
    record: IdentityRecord,
    finder: FaceFinder,
    crop_spec: CropSpec | None = None,
    masker: Masker | None = None,
    embedder: Embedder | None = None,
    tracker: Tracker | None = None,
    refine: Refine | None = None,
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
        tracker: Decides when to detect and when to follow; by default ``Landmarks``.
        refine: What is done to the landmarks; by default light smoothing.
        num_embedded: Of how many faces, spread over the footage.
        ranges: Frames to look at; None: all.
        every: Of these, every n-th.
        max_faces: How many faces to keep a frame, the largest first; None keeps one, or with ``likeness.only`` or
            ``everybody`` all that are wanted.
        likeness: Whose faces are wanted; needs an embedder.
        everybody: Whether to describe all faces track by track, so that they can be told apart afterwards.
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
    tracker, refine = tracker or Landmarks(), refine or Refine()
    several = likeness is not None or everybody or max_faces != 1
    recogniser = Recogniser(embedder) if embedder is not None and several else None
    followed = f"{tracker.name}; {refine.name}" + ("" if recogniser is None else "; recognised")
    request = request_key(
        media, finder, ranges, every, max_faces, followed=followed, likeness=likeness, everybody=everybody
    )
    finder = refine.apply(finder)
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
    memory = None if faceset is None or next_frame == 0 else faceset.database.scan_memory(request)
    follower = FaceFollower(
        finder,
        tracker,
        smoother=refine.smoother,
        recogniser=recogniser,
        every=every,
        memory=None if memory is None else Memory.from_json(memory),
        first_track=0 if faceset is None else faceset.database.next_track(media.sha256),
    )
    job.embed_every = max(1, -(-(num_wanted(footage, ranges, every) or 500) // max(num_embedded, 1)))
    with closing(job):
        return job.run(follower, ranges, every, next_frame)


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
    num_frames: int = 0
    num_faces: int = 0
    num_without_face: int = 0
    num_with_more: int = 0
    known: set[int] = field(default_factory=set)
    cutter: Cutter = field(init=False)

    def __post_init__(self) -> None:
        self.cutter = Cutter(self.spec, self.masker)

    def run(self, follower: FaceFollower, ranges: FrameRange | None, every: int, next_frame: int) -> ExtractionReport:
        wanted, followed = num_wanted(self.footage, ranges, every), None
        if self.faceset is not None:
            # Rejected ones too: what somebody threw out must not come back.
            self.known, self.num_before = self.faceset.database.frames_of(self.media.sha256)
        with closing(read_ahead(self._frames(ranges, every, next_frame, deferred=follower.looks_at_parts))) as read:
            frames = self._unknown(track(read, total=wanted, description="extracting faces"))
            for number, followed in enumerate(follower.follow(frames), start=1):
                self._take(followed.frame, followed.faces)
                if number % FRAMES_PER_COMMIT == 0:
                    self._store(everything=True)
                    if self.faceset is not None:
                        self._note(followed.frame.index + 1, memory=followed.memory)
        self._store(everything=True)
        if self.faceset is None or not (self.num_faces or self.num_before):
            raise NoFaceError(self._why_none())
        # Bound while the request is still open: a kill in between must not leave a complete set whose consent is of
        # fewer faces, which nothing would ever bind again.
        if followed is not None:
            self._note(followed.frame.index + 1, memory=followed.memory)
        bind(self.faceset)
        self._note(0)
        say_what_was_left(
            self.footage.path,
            num_with_more=self.num_with_more,
            max_faces=self.max_faces,
            num_without_face=self.num_without_face,
        )
        return ExtractionReport(
            faceset=self.path,
            num_frames=self.num_frames,
            num_faces=self.num_faces,
            num_without_face=self.num_without_face,
            num_with_more=self.num_with_more,
            num_total=len(self.faceset),
            resumed_at=next_frame or None,
            num_left_out=0 if self.screen is None else self.screen.num_left_out,
        )

    def close(self) -> None:
        """Ends writing at the last commit, also when an error or Ctrl-C ends the run: from there the next one goes on.

        Rows without the tracker's memory of them would be followed anew, and differently.
        """
        self.cutter.close()
        if self.faceset is not None:
            self.faceset.database.discard()
            self.faceset.close()

    def _frames(self, ranges: FrameRange | None, every: int, next_frame: int, *, deferred: bool) -> Iterator[Frame]:
        if next_frame == 0:
            return self.footage.frames(ranges, every, deferred=deferred)
        logger.info("%s: going on at frame %d", self.footage.path, next_frame)
        if every == 1:
            rest = remaining(ranges, next_frame)
            return iter(()) if rest is None else self.footage.frames(rest, deferred=deferred)
        # The phase of every n-th frame is counted from the start, so the start is read again.
        frames = self.footage.frames(ranges, every, deferred=deferred)
        return (frame for frame in frames if frame.index >= next_frame)

    def _unknown(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """The frames whose faces are not in the set yet; counts all of them."""
        for frame in frames:
            self.num_frames += 1
            if frame.index not in self.known:
                yield frame

    def _take(self, frame: Frame, faces: list[TrackedFace]) -> None:
        self.num_without_face += not faces
        if self.screen is not None:
            self.screen.add(frame, faces)
            return
        assert self.max_faces is not None
        self.num_with_more += len(faces) > self.max_faces
        for face_index, tracked in enumerate(faces[: self.max_faces]):
            embedding = None
            # Counted from the footage's first face, so that a resumed run describes the same ones.
            if self.embedder is not None and (self.num_before + self.num_faces) % self.embed_every == 0:
                embedding = self.embedder.embed(*patch_of(frame.pixels, tracked.face))
            self.cutter.add(frame, tracked, face_index, embedding)
            self.num_faces += 1
        self._store()

    def _store(self, *, everything: bool = False) -> None:
        for cut in self.cutter.ready(everything=everything):
            self._add(cut)
        if self.screen is not None and everything:
            for cut in self.screen.settle():
                self._add(cut)
                self.num_faces += 1
            self.num_with_more = self.screen.num_with_more

    def _add(self, cut: CutFace) -> None:
        if self.faceset is None:
            self.faceset = Faceset.create(self.path, self.record, crop_spec=self.spec)
        self.faceset.add_media(self.media)
        self.faceset.add(
            cut.measured,
            media=self.media.sha256,
            frame_index=cut.frame_index,
            pts_s=cut.pts_s,
            detector=self.finder.detector.name,
            landmarker=self.finder.landmarker.name,
            face_index=cut.face_index,
            track=cut.tracked.track,
            embedding=cut.embedding,
            embedder=None if self.embedder is None else self.embedder.name,
            interpolated=cut.tracked.interpolated,
            encoded=cut.encoded,
        )

    def _note(self, next_frame: int, *, memory: Memory | None = None) -> None:
        """Commits; without a memory, the request is complete."""
        assert self.faceset is not None
        self.faceset.database.note_scan(
            self.request,
            media=self.media.sha256,
            next_frame=next_frame,
            complete=memory is None,
            memory=None if memory is None else memory.to_json(),
        )
        self.faceset.commit()

    def _why_none(self) -> str:
        if self.screen is not None and self.screen.num_left_out:
            return self.screen.why_none(self.footage.path)
        return (
            f"{self.footage.path}: no face in {self.num_frames} frames; check that it is upright and shows a face of "
            "at least 8 % of the short side, or lower detector.min_face"
        )
