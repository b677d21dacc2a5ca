"""One clip of many, extracted into a face set of its own; what a worker process is told and does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.extraction_report import ExtractionReport
from faceswap_lab.faces.finder import Embedder, FaceFinder, Masker
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.faces.likeness import Likeness
from faceswap_lab.faces.refine import Refine
from faceswap_lab.faces.tracking.tracker import Tracker


@dataclass(frozen=True, slots=True)
class Parts:
    """What finds, cuts, masks and describes faces; built anew in each process.

    Attributes:
        finder: Finds the faces of a frame.
        crop_spec: Kind and size of the crops.
        masker: Draws the masks; None: the hull of the landmarks.
        embedder: Computes vectors; None computes none.
        tracker: Decides when to detect and when to follow; None: by landmarks.
        refine: What is done to the landmarks; None: light smoothing.
    """

    finder: FaceFinder
    crop_spec: CropSpec = field(default_factory=CropSpec)
    masker: Masker | None = None
    embedder: Embedder | None = None
    tracker: Tracker | None = None
    refine: Refine | None = None


MakeParts = Callable[[], Parts]
"""Makes the parts; a function that can be sent to another process by name, or a ``functools.partial`` of one."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What is asked of every clip; as the arguments of ``extract``."""

    ranges: FrameRange | None = None
    every: int = 1
    max_faces: int | None = None
    num_embedded: int = 64
    likeness: Likeness | None = None
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class ClipJob:
    """One clip.

    Attributes:
        footage: The clip.
        faceset: Folder for its faces.
        record: Whose faces they are.
        choices: What is asked.
        known_in: Face sets that may hold what is asked already.
    """

    footage: Path
    faceset: Path
    record: IdentityRecord
    choices: Choices
    known_in: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtractClip:
    """Extracts clips with one set of parts; called with a job.

    Args:
        parts: The parts.
    """

    parts: Parts

    def __call__(self, job: ClipJob) -> ExtractionReport:
        """Extracts a clip. Raises as ``extract``."""
        parts, choices = self.parts, job.choices
        return extract(
            job.footage,
            job.faceset,
            record=job.record,
            finder=parts.finder,
            crop_spec=parts.crop_spec,
            masker=parts.masker,
            embedder=parts.embedder,
            tracker=parts.tracker,
            refine=parts.refine,
            num_embedded=choices.num_embedded,
            ranges=choices.ranges,
            every=choices.every,
            max_faces=choices.max_faces,
            likeness=choices.likeness,
            everybody=choices.everybody,
            known_in=job.known_in,
        )


def make_extract_clip(make_parts: MakeParts, *, in_worker: bool) -> ExtractClip:
    """Builds the parts in the process that will use them.

    Args:
        make_parts: Builds them.
        in_worker: Whether other processes work beside this one, so that each keeps to one core.
    """
    if in_worker:
        cv2.setNumThreads(1)
    return ExtractClip(make_parts())
