"""What an extraction of one clip says of itself."""

import logging
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)


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


def say_what_was_left(path: Path, *, num_with_more: int, max_faces: int | None, num_without_face: int) -> None:
    """Warns of faces that were not kept and of frames without any."""
    if num_with_more:
        logger.warning(
            "%s: %d frames show more than %d face(s); only the largest were kept", path, num_with_more, max_faces
        )
    if num_without_face:
        logger.warning("%s: no face in %d frames", path, num_without_face)
